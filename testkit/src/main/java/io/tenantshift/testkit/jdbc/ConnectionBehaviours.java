package io.tenantshift.testkit.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;

/** What a connection says of itself, and what it makes. */
final class ConnectionBehaviours {

    private ConnectionBehaviours() {}

    static void addTo(Behaviours b) {
        b.add("begins with the defaults", (c, o) -> seeState(c, o));
        b.add("has the same state after a statement", (c, o) -> {
            c.createStatement().executeQuery("select 1");
            seeState(c, o);
        });
        b.add("is valid while it is open", (c, o) -> {
            o.see("fresh", () -> c.isValid(5));
            o.see("no limit", () -> c.isValid(0));
            o.see("negative", () -> c.isValid(-1));
            c.createStatement().executeQuery("select 1");
            o.see("used", () -> c.isValid(5));
            c.close();
            o.see("closed", () -> c.isValid(5));
            o.see("closed, negative", () -> c.isValid(-1));
        });
        b.addInTransaction("validity is asked inside a transaction, also a failed one", (c, o) -> {
            o.see("before the first statement", () -> c.isValid(5));
            var s = c.createStatement();
            s.execute("insert into plain values (9, 'z')");
            o.see("after a statement", () -> c.isValid(5));
            o.see("fails", () -> s.execute("select 1 / 0"));
            o.see("in a failed transaction", () -> c.isValid(5));
            c.rollback();
            o.rows("rolled back", () -> s.executeQuery("select count(*) from plain"));
        });
        b.add("client info is kept and sent", (c, o) -> {
            c.setClientInfo("ApplicationName", "the shop");
            o.see("one", () -> c.getClientInfo("ApplicationName"));
            o.see("all", () -> c.getClientInfo());
            o.rows("server", () -> c.createStatement().executeQuery("show application_name"));
            o.see("unknown name", () -> c.setClientInfo("Nobody", "x"));
            o.see("unknown name asked", () -> c.getClientInfo("Nobody"));
            o.see("warnings", () -> c.getWarnings());
            Properties both = new Properties();
            both.setProperty("ApplicationName", "second");
            both.setProperty("Nobody", "x");
            o.see("several", () -> c.setClientInfo(both));
            o.rows("server again", () -> c.createStatement().executeQuery("show application_name"));
            o.see("empty properties", () -> c.setClientInfo(new Properties()));
            o.rows("server after empty", () -> c.createStatement().executeQuery("show application_name"));
        });
        b.add("the application name may hold anything", (c, o) -> {
            for (String name : new String[] {"it's", "a\\b", "ü", "", " two  spaces ", "x".repeat(80)}) {
                o.see("set " + name, () -> c.setClientInfo("ApplicationName", name));
                o.see("get " + name, () -> c.getClientInfo("ApplicationName"));
                o.rows("server " + name, () -> c.createStatement().executeQuery("show application_name"));
            }
        });
        b.add("makes what the driver can make", (c, o) -> {
            o.see("array", () -> c.createArrayOf("int4", new Object[] {1, null, 3}));
            o.see("array of an unknown type", () -> c.createArrayOf("no_such_type", new Object[] {1}));
            o.see("blob", () -> c.createBlob());
            o.see("clob", () -> c.createClob());
            o.see("nclob", () -> c.createNClob());
            o.see("struct", () -> c.createStruct("pair", new Object[] {1, "x"}));
            o.see("xml", () -> c.createSQLXML());
            o.see("type map", () -> c.getTypeMap());
        });
        b.add("requests begin and end without effect", (c, o) -> {
            o.see("begin", () -> c.beginRequest());
            o.rows("between", () -> c.createStatement().executeQuery("select 1"));
            o.see("end", () -> c.endRequest());
            seeState(c, o);
        });
        b.add("sharding keys are not for a driver", (c, o) -> {
            o.see("key", () -> c.setShardingKey(null));
            o.see("two keys", () -> c.setShardingKey(null, null));
            o.see("key if valid", () -> c.setShardingKeyIfValid(null, 1));
            o.see("two keys if valid", () -> c.setShardingKeyIfValid(null, null, 1));
        });
        b.add("warnings can be cleared", (c, o) -> {
            o.see("fresh", () -> c.getWarnings());
            o.see("clear", () -> c.clearWarnings());
            c.createStatement().execute("select notices()");
            o.see("of a statement", () -> c.getWarnings());
            o.see("clear again", () -> c.clearWarnings());
            o.see("cleared", () -> c.getWarnings());
        });
        b.add("settings by SQL show through the getters", (c, o) -> {
            var s = c.createStatement();
            s.execute("set search_path to scratch, public");
            o.see("schema", c::getSchema);
            s.execute("set session characteristics as transaction isolation level repeatable read, read only");
            o.see("isolation", c::getTransactionIsolation);
            o.see("read only", c::isReadOnly);
            s.execute("set application_name = 'by sql'");
            o.see("client info", () -> c.getClientInfo("ApplicationName"));
            s.execute("set search_path to nowhere");
            o.see("schema that is not", c::getSchema);
        });
    }

    static void seeState(Connection c, Observed o) throws SQLException {
        o.see("autocommit", c::getAutoCommit);
        o.see("isolation", c::getTransactionIsolation);
        o.see("read only", c::isReadOnly);
        o.see("holdability", c::getHoldability);
        o.see("catalog", c::getCatalog);
        o.see("schema", c::getSchema);
        o.see("network timeout", c::getNetworkTimeout);
        o.see("type map", c::getTypeMap);
        o.see("warnings", c::getWarnings);
        o.see("client info", () -> c.getClientInfo());
        o.see("closed", c::isClosed);
    }
}
