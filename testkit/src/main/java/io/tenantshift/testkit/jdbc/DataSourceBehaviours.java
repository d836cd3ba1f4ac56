package io.tenantshift.testkit.jdbc;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import javax.sql.DataSource;

/** The DataSource itself. */
final class DataSourceBehaviours {

    private DataSourceBehaviours() {}

    static void addTo(Behaviours b) {
        b.addOnSide("gives connections of its own", (side, o) -> {
            Connection one = side.connect();
            Connection two = side.connect();
            o.note("two", one != two);
            Object same = one;
            o.note("equal to itself", one.equals(same));
            o.note("not to the other", one.equals(two));
            o.note("found in a set", new java.util.HashSet<>(java.util.List.of(one, two)).contains(two));
            o.see("backends", () -> {
                var first = one.createStatement().executeQuery("select pg_backend_pid()");
                var second = two.createStatement().executeQuery("select pg_backend_pid()");
                return first.next() && second.next() && first.getInt(1) != second.getInt(1);
            });
        });
        b.addOnSide("gives connections to a user", (side, o) -> {
            o.see("right", () -> {
                try (Connection c = side.dataSource().getConnection("postgres", "any")) {
                    return c.getMetaData().getUserName();
                }
            });
            o.see("wrong", () -> {
                try (Connection c = side.dataSource().getConnection("nobody at all", "x")) {
                    return c.isValid(1);
                }
            });
        });
        b.addOnSide("login time-out", (side, o) -> {
            DataSource dataSource = side.dataSource();
            int before = dataSource.getLoginTimeout();
            o.note("before", before);
            o.see("set", () -> dataSource.setLoginTimeout(7));
            o.see("get", dataSource::getLoginTimeout);
            o.see("reset", () -> dataSource.setLoginTimeout(before));
        });
        b.addOnSide("log writer", (side, o) -> {
            DataSource dataSource = side.dataSource();
            PrintWriter before = dataSource.getLogWriter();
            o.note("before", before);
            PrintWriter writer = new PrintWriter(new StringWriter());
            o.see("set", () -> dataSource.setLogWriter(writer));
            o.see("get", () -> dataSource.getLogWriter() == writer);
            o.see("reset", () -> dataSource.setLogWriter(before));
        });
        b.addOnSide(
                "parent logger",
                (side, o) -> o.see("logger", () -> side.dataSource().getParentLogger()));
        b.addOnSide("is a wrapper", (side, o) -> {
            DataSource dataSource = side.dataSource();
            o.see("of a data source", () -> dataSource.isWrapperFor(DataSource.class));
            o.see("to a data source", () -> dataSource.unwrap(DataSource.class) == dataSource);
            o.see("of its class", () -> dataSource.isWrapperFor(dataSource.getClass()));
            o.see("to its class", () -> dataSource.unwrap(dataSource.getClass()) == dataSource);
            o.see("of a string", () -> dataSource.isWrapperFor(String.class));
            o.see("to a string", () -> dataSource.unwrap(String.class));
        });
        b.addOnSide("builders", (side, o) -> {
            o.see("connection", () -> side.dataSource().createConnectionBuilder() != null);
            o.see("sharding key", () -> side.dataSource().createShardingKeyBuilder() != null);
        });
    }
}
