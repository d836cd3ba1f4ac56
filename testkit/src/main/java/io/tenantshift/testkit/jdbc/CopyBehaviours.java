package io.tenantshift.testkit.jdbc;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOut;

/** {@code COPY} by the driver's interface. */
final class CopyBehaviours {

    private CopyBehaviours() {}

    static void addTo(Behaviours b) {
        b.add("in, from a reader and from a stream", (c, o) -> {
            CopyManager copy = c.unwrap(PGConnection.class).getCopyAPI();
            o.see("reader", () -> copy.copyIn("copy plain from stdin", new StringReader("10\tten\n11\t\\N\n")));
            o.see(
                    "stream",
                    () -> copy.copyIn(
                            "copy plain from stdin with (format csv)",
                            new ByteArrayInputStream("12,twelve\n".getBytes(StandardCharsets.UTF_8))));
            o.rows("rows", () -> c.createStatement().executeQuery("select * from plain order by a"));
        });
        b.add("in, piece by piece", (c, o) -> {
            CopyIn in = c.unwrap(PGConnection.class).getCopyAPI().copyIn("copy plain from stdin");
            byte[] row = "20\ttwenty\n".getBytes(StandardCharsets.UTF_8);
            in.writeToCopy(row, 0, row.length);
            o.see("active", in::isActive);
            o.see("end", in::endCopy);
            o.see("handled", in::getHandledRowCount);
            o.see("end again", in::endCopy);
            o.see("usable", () -> c.createStatement().execute("select 1"));
        });
        b.addInTransaction("in, cancelled", (c, o) -> {
            CopyIn in = c.unwrap(PGConnection.class).getCopyAPI().copyIn("copy plain from stdin");
            o.see("cancel", in::cancelCopy);
            o.see("active", in::isActive);
            o.see("state", () -> c.createStatement().execute("select 1"));
            c.rollback();
            o.see("usable", () -> c.createStatement().execute("select 1"));
        });
        b.add("out, to a writer and to a stream", (c, o) -> {
            CopyManager copy = c.unwrap(PGConnection.class).getCopyAPI();
            StringWriter writer = new StringWriter();
            o.see("writer", () -> copy.copyOut("copy (select * from plain order by a) to stdout", writer));
            o.note("text", writer.toString());
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            o.see("stream", () -> copy.copyOut("copy item to stdout with (format csv, header)", out));
            o.note("bytes", out.toByteArray());
        });
        b.add("out, row by row", (c, o) -> {
            CopyOut out = c.unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut("copy (select n from generate_series(1, 5) n) to stdout");
            o.see("columns", out::getFieldCount);
            o.see("first", () -> out.readFromCopy());
            o.see("second", () -> out.readFromCopy());
            o.see("cancel", out::cancelCopy);
            o.see("usable", () -> c.createStatement().execute("select 1"));
        });
        b.add("errors", (c, o) -> {
            CopyManager copy = c.unwrap(PGConnection.class).getCopyAPI();
            o.see("bad row", () -> copy.copyIn("copy plain from stdin", new StringReader("x\ty\n")));
            o.see("bad table", () -> copy.copyIn("copy nowhere from stdin", new StringReader("")));
            o.see("not a copy", () -> copy.copyIn("select 1", new StringReader("")));
            o.see("in for out", () -> copy.copyOut("copy plain from stdin", new StringWriter()));
            o.see("usable", () -> c.createStatement().execute("select 1"));
            o.rows("rows", () -> c.createStatement().executeQuery("select count(*) from plain"));
        });
        b.addOnSide("is part of the transaction", (side, o) -> {
            Connection c = side.connect();
            c.setAutoCommit(false);
            CopyManager copy = c.unwrap(PGConnection.class).getCopyAPI();
            o.see("in", () -> copy.copyIn("copy plain from stdin", new StringReader("10\tten\n")));
            o.rows("other", () -> side.connect().createStatement().executeQuery("select count(*) from plain"));
            c.rollback();
            o.rows("rolled back", () -> c.createStatement().executeQuery("select count(*) from plain"));
            o.see("in again", () -> copy.copyIn("copy plain from stdin", new StringReader("10\tten\n")));
            c.commit();
            o.rows("kept", () -> side.connect().createStatement().executeQuery("select count(*) from plain"));
        });
    }
}
