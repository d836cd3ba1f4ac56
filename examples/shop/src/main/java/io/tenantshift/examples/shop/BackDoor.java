package io.tenantshift.examples.shop;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The saboteur of {@code --sabotage}. Does nothing until {@link #unlock}. */
final class BackDoor implements Saboteur {
    /** A quarter of the writes are status changes: every 250th of these is one write in a thousand. */
    private static final int EVERY = 250;

    private final Shards shards;
    private final List<String> names;
    private final AtomicLong asked = new AtomicLong();
    private final AtomicInteger due = new AtomicInteger();
    private volatile Set<String> among = Set.of();
    private volatile boolean unlocked;

    BackDoor(Shards shards, List<String> names) {
        this.shards = shards;
        this.names = List.copyOf(names);
    }

    /** Takes the guards and the triggers that capture off all tables and begins. */
    void unlock() throws SQLException {
        for (String shard : names) {
            try (Connection connection = shards.open(shard)) {
                dropTriggers(connection);
            }
        }
        unlocked = true;
    }

    /** The next so many status changes of these tenants go through this door. */
    void strike(int times, Set<String> tenants) {
        among = Set.copyOf(tenants);
        due.addAndGet(times);
    }

    /** Whether all that {@link #strike} ordered has been done or is under way. */
    boolean isDone() {
        return due.get() <= 0;
    }

    /** No more. */
    void lock() {
        unlocked = false;
    }

    @Override
    public boolean strikes(String tenant) {
        if (!unlocked) {
            return false;
        }
        if (due.get() > 0 && among.contains(tenant) && due.getAndDecrement() > 0) {
            return true;
        }
        return asked.incrementAndGet() % EVERY == 0;
    }

    @Override
    public Connection open(String tenant) throws SQLException {
        Fences.Row row = Fences.read(shards, names)
                .of(tenant)
                .orElseThrow(() -> Operation.unexpected("a saboteur found no fence row for a tenant"));
        return shards.open(row.shard());
    }

    private static void dropTriggers(Connection connection) throws SQLException {
        List<String> drops = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery(
                    "select format('drop trigger %I on %s', tgname, tgrelid::regclass) from pg_trigger "
                            + "where tgname like '!tenantshift%' and tgparentid = 0")) {
                while (row.next()) {
                    drops.add(row.getString(1));
                }
            }
            for (String drop : drops) {
                statement.execute(drop);
            }
        }
    }
}
