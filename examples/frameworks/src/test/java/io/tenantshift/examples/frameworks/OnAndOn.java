package io.tenantshift.examples.frameworks;

import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantMovedException;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One program, run again and again for a tenant while it moves; each run begins with its tables emptied. What a run tells must be what the
 * program tells on a plain pool. A run that its tenant's move has ended with SQLState 40001 is run again, as a service's own retry would.
 * One thread runs it, any may ask.
 */
final class OnAndOn {
    private final String name;
    private final Program program;
    private final List<String> tables;
    private final List<String> expected;
    private final String tenant;
    private final DataSource router;
    private final RouterServices services;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger runs = new AtomicInteger();
    private int acrossACutover;
    private int again;

    /**
     * @param tables those of the program, children first
     * @param expected what it tells, without ids
     */
    OnAndOn(
            String name,
            Program program,
            List<String> tables,
            List<String> expected,
            String tenant,
            DataSource router,
            RouterServices services) {
        this.name = name;
        this.program = program;
        this.tables = tables;
        this.expected = expected;
        this.tenant = tenant;
        this.router = router;
        this.services = services;
    }

    String name() {
        return name;
    }

    /** Runs until it is stopped. */
    void run() throws Exception {
        while (!stopped.get()) {
            once();
        }
    }

    void stop() {
        stopped.set(true);
    }

    /** How often it has come to an end that is as it must be. */
    int runs() {
        return runs.get();
    }

    /** One run, as often as it takes. */
    void once() throws Exception {
        while (!attempt()) {
            again++;
        }
        runs.incrementAndGet();
    }

    private boolean attempt() throws Exception {
        String before = services.locate(tenant).shard();
        List<String> told;
        try (var scope = TenantContext.enter(tenant)) {
            empty(router, tables, tenant);
            told = Told.withoutIds(program.run(router, tenant));
        } catch (Exception e) {
            if (isMoved(e)) {
                return false;
            }
            throw e;
        }
        // A program may tell the refusal instead of throwing it.
        if (told.stream().anyMatch(line -> line.contains(services.name() + "\": "))) {
            return false;
        }
        boolean stayed = before.equals(services.locate(tenant).shard());
        acrossACutover += stayed ? 0 : 1;
        boolean same = stayed ? told.equals(expected) : Told.inNoOrder(told).equals(Told.inNoOrder(expected));
        if (!same) {
            throw new AssertionError("%s on \"%s\" told\n%s\nand on a plain pool\n%s"
                    .formatted(name, before, String.join("\n", told), String.join("\n", expected)));
        }
        return true;
    }

    private static boolean isMoved(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof TenantMovedException) {
                return true;
            }
        }
        return false;
    }

    /** Removes the tenant's rows from a program's tables. */
    static void empty(DataSource dataSource, List<String> tables, String tenant) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            for (String table : tables) {
                try (PreparedStatement delete =
                        connection.prepareStatement("delete from " + table + " where tenant_id = ?")) {
                    delete.setString(1, tenant);
                    delete.executeUpdate();
                }
            }
            connection.commit();
        }
    }

    @Override
    public String toString() {
        return "%s: %d runs, %d of them across a cutover; %d begun again because the tenant had moved"
                .formatted(name, runs.get(), acrossACutover, again);
    }
}
