package io.tenantshift.testkit.jdbc;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.largeobject.LargeObject;
import org.postgresql.largeobject.LargeObjectManager;

/** Large objects: by the driver's interface, as blobs and as clobs. */
final class LargeObjectBehaviours {

    private LargeObjectBehaviours() {}

    static void addTo(Behaviours b) {
        byTheDriver(b);
        blobs(b);
        clobs(b);
    }

    private static void byTheDriver(Behaviours b) {
        b.addInTransaction("written and read by the driver's interface", (c, o) -> {
            LargeObjectManager all = c.unwrap(PGConnection.class).getLargeObjectAPI();
            long oid = all.createLO(LargeObjectManager.READWRITE);
            try (LargeObject one = all.open(oid, LargeObjectManager.READWRITE)) {
                o.see("write", () -> one.write("hello world".getBytes(StandardCharsets.US_ASCII)));
                o.see("tell", one::tell);
                o.see("seek", () -> one.seek(6));
                o.see("read", () -> one.read(100));
                o.see("size", one::size);
                o.see("truncate", () -> one.truncate(5));
                o.see("size now", one::size64);
            }
            c.commit();
            LargeObject again = all.open(oid, LargeObjectManager.READ);
            o.see("stream", () -> again.getInputStream());
            o.see("write to a reader", () -> again.write(new byte[] {1}));
            c.rollback();
            o.see("delete", () -> all.delete(oid));
            o.see("open deleted", () -> all.open(oid));
            c.rollback();
        });
        b.add("in autocommit the driver refuses", (c, o) -> {
            LargeObjectManager all = c.unwrap(PGConnection.class).getLargeObjectAPI();
            o.see("create", () -> all.createLO() > 0);
            o.see("open", () -> all.open(1L));
        });
        b.addInTransaction("by functions", (c, o) -> {
            ResultSet r = c.createStatement().executeQuery("select lo_from_bytea(0, '\\x010203') as lo");
            r.next();
            long oid = r.getLong(1);
            o.rows("get", () -> c.createStatement().executeQuery("select lo_get(" + oid + ")"));
            o.see("unlink", () -> c.createStatement().execute("select lo_unlink(" + oid + ")"));
        });
    }

    private static void blobs(Behaviours b) {
        b.addInTransaction("every method of a blob", (c, o) -> {
            Blob blob = blob(c);
            o.see("length", blob::length);
            o.see("bytes", () -> blob.getBytes(2, 4));
            o.see("bytes beyond", () -> blob.getBytes(9, 100));
            o.see("bytes at 0", () -> blob.getBytes(0, 1));
            o.see("stream", () -> blob.getBinaryStream());
            o.see("stream of a part", () -> blob.getBinaryStream(3, 2));
            o.see("stream beyond", () -> blob.getBinaryStream(50, 2));
            o.see("position of bytes", () -> blob.position(new byte[] {'l', 'o'}, 1));
            o.see("position of nothing there", () -> blob.position(new byte[] {'z'}, 1));
            o.see("position of a blob", () -> blob.position(blob, 1));
            o.see("set", () -> blob.setBytes(2, new byte[] {'E'}));
            o.see("set a part", () -> blob.setBytes(3, new byte[] {'a', 'b', 'c'}, 1, 2));
            o.see("after set", () -> blob.getBytes(1, 20));
            o.see("output", () -> {
                try (OutputStream out = blob.setBinaryStream(6)) {
                    out.write(new byte[] {'!', '!'});
                }
            });
            o.see("after output", () -> blob.getBytes(1, 20));
            o.see("truncate", () -> blob.truncate(3));
            o.see("after truncate", () -> blob.getBytes(1, 20));
            o.see("truncate below", () -> blob.truncate(-1));
            o.see("free", () -> blob.free());
            o.see("after free", blob::length);
            o.see("free again", () -> blob.free());
        });
        b.addInTransaction("stored and read back in columns", (c, o) -> {
            c.createStatement().execute("create table scratch.lo (id int, data oid)");
            PreparedStatement p = c.prepareStatement("insert into scratch.lo values (?, ?)");
            p.setInt(1, 1);
            o.see("by stream", () -> p.setBlob(2, new ByteArrayInputStream(new byte[] {1, 2, 3})));
            o.see("insert", () -> p.executeUpdate());
            p.setInt(1, 2);
            o.see("by stream with length", () -> p.setBlob(2, new ByteArrayInputStream(new byte[] {1, 2, 3}), 2));
            o.see("insert again", () -> p.executeUpdate());
            p.setInt(1, 3);
            Blob blob = blob(c);
            o.see("by blob", () -> p.setBlob(2, blob));
            o.see("insert blob", () -> p.executeUpdate());
            p.setInt(1, 4);
            o.see("by object", () -> p.setObject(2, blob));
            o.see("insert object", () -> p.executeUpdate());
            c.commit();
            ResultSet r = c.createStatement().executeQuery("select id, data from scratch.lo order by id");
            while (r.next()) {
                int id = r.getInt(1);
                o.see("blob " + id, () -> r.getBlob(2));
                o.see("by label " + id, () -> r.getBlob("data"));
                o.see("bytes " + id, () -> r.getBytes(2) != null);
                InputStream stream = r.getBlob(2).getBinaryStream();
                o.see("stream " + id, () -> stream);
            }
        });
        b.add("a blob in autocommit", (c, o) -> {
            c.setAutoCommit(false);
            long oid = c.unwrap(PGConnection.class).getLargeObjectAPI().createLO();
            c.commit();
            c.setAutoCommit(true);
            ResultSet r = c.createStatement().executeQuery("select " + oid + "::oid");
            r.next();
            o.see("get", () -> r.getBlob(1).length());
        });
    }

    private static void clobs(Behaviours b) {
        b.addInTransaction("every method of a clob", (c, o) -> {
            long oid = oid(c);
            ResultSet r = c.createStatement().executeQuery("select " + oid + "::oid as lo");
            r.next();
            Clob clob = r.getClob(1);
            o.see("by label", () -> r.getClob("lo"));
            o.see("length", clob::length);
            o.see("part", () -> clob.getSubString(2, 3));
            o.see("part beyond", () -> clob.getSubString(9, 100));
            o.see("characters", () -> clob.getCharacterStream());
            o.see("characters of a part", () -> clob.getCharacterStream(2, 2));
            o.see("ascii", () -> clob.getAsciiStream());
            o.see("position", () -> clob.position("lo", 1));
            o.see("position of a clob", () -> clob.position(clob, 1));
            o.see("set", () -> clob.setString(1, "HE"));
            o.see("set a part", () -> clob.setString(1, "abcdef", 2, 2));
            o.see("writer", () -> {
                try (Writer writer = clob.setCharacterStream(1)) {
                    writer.write("w");
                }
            });
            o.see("ascii output", () -> {
                try (OutputStream out = clob.setAsciiStream(1)) {
                    out.write('x');
                }
            });
            o.see("truncate", () -> clob.truncate(2));
            o.see("free", () -> clob.free());
            o.see("after free", clob::length);
        });
        b.addInTransaction("clobs as parameters", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select ?::oid is not null");
            o.see("reader", () -> p.setClob(1, new StringReader("text")));
            o.see("echo of reader", () -> p.executeQuery());
            c.rollback();
            o.see("reader with length", () -> p.setClob(1, new StringReader("text"), 2));
            o.rows("echo of length", () -> p.executeQuery());
            c.rollback();
            long oid = oid(c);
            ResultSet r = c.createStatement().executeQuery("select " + oid + "::oid");
            r.next();
            o.see("clob", () -> p.setClob(1, r.getClob(1)));
            o.rows("echo of clob", () -> p.executeQuery());
        });
    }

    private static Blob blob(Connection c) throws SQLException {
        ResultSet r = c.createStatement().executeQuery("select " + oid(c) + "::oid");
        r.next();
        return r.getBlob(1);
    }

    private static long oid(Connection c) throws SQLException {
        LargeObjectManager all = c.unwrap(PGConnection.class).getLargeObjectAPI();
        long oid = all.createLO();
        try (LargeObject one = all.open(oid, LargeObjectManager.READWRITE)) {
            one.write("hello lo".getBytes(StandardCharsets.US_ASCII));
        }
        return oid;
    }
}
