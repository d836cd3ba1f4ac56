package io.tenantshift.testkit.jdbc;

import java.io.StringReader;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.Oid;
import org.postgresql.core.ServerVersion;

/** {@code LISTEN} and {@code NOTIFY}, and the rest of what the driver's own connection offers. */
final class NotifyBehaviours {

    private NotifyBehaviours() {}

    static void addTo(Behaviours b) {
        b.addOnSide("a notification from another connection arrives", (side, o) -> {
            Connection c = side.connect();
            PGConnection pg = c.unwrap(PGConnection.class);
            o.see("listen", () -> c.createStatement().execute("listen news"));
            o.see("nothing yet", () -> shown(pg.getNotifications()));
            side.outside("notify news, 'first'; notify other, 'not for us'");
            o.see("waiting", () -> shown(pg.getNotifications(10_000)));
            side.outside("notify news");
            c.createStatement().execute("select 1");
            o.see("with a statement", () -> shown(pg.getNotifications()));
            o.see("unlisten", () -> c.createStatement().execute("unlisten *"));
            side.outside("notify news, 'late'");
            c.createStatement().execute("select 1");
            o.see("after unlisten", () -> shown(pg.getNotifications()));
        });
        b.addInTransaction("one's own notification comes with the commit", (c, o) -> {
            PGConnection pg = c.unwrap(PGConnection.class);
            Statement s = c.createStatement();
            s.execute("listen news");
            c.commit();
            s.execute("notify news, 'own'");
            o.see("before", () -> shown(pg.getNotifications()));
            c.commit();
            o.see("after", () -> shown(pg.getNotifications(5_000)));
            o.see("own backend", () -> c.createStatement().executeQuery("select pg_notify('news', 'x')"));
            c.rollback();
            o.see("after rollback", () -> shown(pg.getNotifications()));
        });
        b.add("the driver's own connection", (c, o) -> {
            PGConnection pg = c.unwrap(PGConnection.class);
            o.see("is wrapper", () -> c.isWrapperFor(PGConnection.class));
            o.see("backend", () -> {
                var r = c.createStatement().executeQuery("select pg_backend_pid()");
                r.next();
                return pg.getBackendPID() == r.getInt(1);
            });
            o.see("identifier", () -> pg.escapeIdentifier("a\"b"));
            o.see("literal", () -> pg.escapeLiteral("it's"));
            o.see("parameter status", () -> pg.getParameterStatus("server_encoding"));
            o.see("time zone", () -> pg.getParameterStatuses().containsKey("TimeZone"));
            o.see("threshold", pg::getPrepareThreshold);
            o.see("fetch size", pg::getDefaultFetchSize);
            o.see("query mode", pg::getPreferQueryMode);
            o.see("autosave", pg::getAutosave);
            o.see("array of primitives", () -> pg.createArrayOf("int4", new int[] {1, 2}));
            o.see("default fetch size", () -> {
                pg.setDefaultFetchSize(7);
                return c.createStatement().getFetchSize();
            });
            pg.setDefaultFetchSize(0);
        });
        b.add("connections are wrappers of what they are", (c, o) -> {
            for (boolean used : new boolean[] {false, true}) {
                if (used) {
                    c.createStatement().execute("select 1");
                }
                o.see("connection", () -> c.isWrapperFor(Connection.class));
                o.see("to connection", () -> c.unwrap(Connection.class) != null);
                o.see("string", () -> c.isWrapperFor(String.class));
                o.see("to string", () -> c.unwrap(String.class));
                o.see("base", () -> c.isWrapperFor(BaseConnection.class));
                o.see("to base", () -> c.unwrap(BaseConnection.class) != null);
                o.see("null", () -> c.isWrapperFor(null));
                o.see("to null", () -> c.unwrap(null));
            }
        });
        b.add("connections are what the driver's own classes ask for", (c, o) -> {
            BaseConnection base = c.unwrap(BaseConnection.class);
            o.see("idle", base::getTransactionState);
            c.setAutoCommit(false);
            o.see(
                    "copied in",
                    () -> new CopyManager(base).copyIn("copy plain from stdin", new StringReader("1\tx\n2\ty\n")));
            o.see("open", base::getTransactionState);
            c.rollback();
            o.see("rolled back", base::getTransactionState);
            c.setAutoCommit(true);
            base.execSQLUpdate("insert into plain values (3, 'z')");
            try (ResultSet rows = base.execSQLQuery("select a from plain order by a")) {
                o.see("row", rows::next);
                o.see("value", () -> rows.getInt(1));
            }
            try (ResultSet rows =
                    base.execSQLQuery("select 1", ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY)) {
                o.see("last", rows::last);
            }
            o.see("executor", () -> base.getQueryExecutor().getApplicationName());
            o.see("type", () -> base.getTypeInfo().getPGType("text"));
            o.see("fields", () -> base.getFieldMetadataCache() != null);
            o.see("query", () -> base.createQuery("select ?", true, true).key);
            base.setFlushCacheOnDeallocate(true);
            o.see("object", () -> base.getObject("box", "(1,1),(0,0)", null));
            o.see("version", () -> base.haveMinimumServerVersion(90000));
            o.see("that version", () -> base.haveMinimumServerVersion(ServerVersion.v9_4));
            o.see("encoding", () -> base.getEncoding().name());
            o.see("encoded", () -> base.encodeString("\u00e4").length);
            o.see("escaped", () -> base.escapeString("it's"));
            o.see("conforming", base::getStandardConformingStrings);
            o.see("varchar", base::getStringVarcharFlag);
            o.see("binary", () -> base.binaryTransferSend(Oid.INT4));
            o.see("sanitiser", base::isColumnSanitiserDisabled);
            o.see("hint", base::hintReadOnly);
            o.see("detail", base::getLogServerErrorDetail);
            o.see("booleans", base::getConvertBooleanToNumeric);
            o.see("xml", () -> base.getXmlFactoryFactory() != null);
            o.see("logger", () -> base.getLogger() != null);
            o.see("replication", () -> base.getReplicationProtocol() != null);
            base.purgeTimerTasks();
        });
        b.addInTransaction("unwrapping before the first statement joins the transaction", (c, o) -> {
            PGConnection pg = c.unwrap(PGConnection.class);
            Connection raw = (Connection) pg;
            try (Statement s = raw.createStatement()) {
                s.execute("insert into plain values (77, 'raw')");
            }
            o.rows("seen", () -> c.createStatement().executeQuery("select count(*) from plain where a = 77"));
            o.see("raw autocommit", raw::getAutoCommit);
            c.rollback();
            o.rows("rolled back", () -> c.createStatement().executeQuery("select count(*) from plain where a = 77"));
        });
        b.add("unwrapping keeps the connection's settings", (c, o) -> {
            c.setReadOnly(true);
            c.setSchema("scratch");
            c.setClientInfo("ApplicationName", "unwrapped");
            Connection raw = (Connection) c.unwrap(PGConnection.class);
            o.see("read only", raw::isReadOnly);
            o.see("schema", raw::getSchema);
            o.see("application", () -> raw.getClientInfo("ApplicationName"));
        });
    }

    private static @Nullable List<String> shown(PGNotification @Nullable [] notifications) throws SQLException {
        if (notifications == null) {
            return null;
        }
        List<String> shown = new ArrayList<>();
        for (PGNotification notification : notifications) {
            shown.add(notification.getName() + ": " + notification.getParameter());
        }
        return shown;
    }
}
