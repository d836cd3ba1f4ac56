package io.tenantshift.benchmarks.applying;

import io.tenantshift.testkit.PostgresServer;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Two databases of one server for one applier alone, both with the accounts: what is written to the one is to come to the other. Immutable.
 *
 * <p>Of ten rows that are written, three are new, four are changed and three deleted. The deleted ones are older than any transaction that is
 * still to be applied, and those that are changed are a hundred thousand: what is measured is rows, not rows that were saved.
 *
 * @param home JDBC URL, with user and password
 * @param other the same of the other side
 */
record Pair(String home, String other) {
    static final String HOME = "home";
    static final String OTHER = "other";

    /** What a server needs that is subscribed to; a subscription that is enabled again starts at once. */
    static final Map<String, String> REPLICATED = Map.of("wal_level", "logical", "wal_retrieve_retry_interval", "10ms");

    static final List<String> TENANTS =
            IntStream.range(0, 8).mapToObj(i -> "tenant-" + i).toList();

    /** Rows of each tenant that only change. */
    static final int ACCOUNTS = 12_500;

    /** How many rows of those that come and go are there at a time. */
    private static final int PASSING = 60_000;

    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(3);

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final String DDL =
            """
            create table account (tenant_id text, id bigint, name text not null, amount bigint not null, primary key (tenant_id, id));
            create table turn (next bigint not null);
            create procedure write_rows(transactions integer, rows integer, journaled boolean) language plpgsql as $$
            declare
                n bigint := (select next from turn);
                r account;
                op "char";
                changed bigint;
            begin
                perform setseed(n % 1000 / 1000.0);
                for t in 1 .. transactions loop
                    -- The guard lets it pass; the entries are those that the capture of statements would write.
                    set local tenantshift.applier = 'on';
                    for i in 1 .. rows loop
                        n := n + 1;
                        op := 'U';
                        if n % 10 in (1, 4, 7) then
                            insert into account values ('tenant-' || t % 8, 1000000 + n, 'passing ' || n, n) returning * into r;
                        elsif n % 10 in (2, 5, 8) then
                            -- Its tenant is whoever inserted it.
                            delete from account where id = 1000000 + n - 1 - PASSING and tenant_id = any (array(select 'tenant-' || g from generate_series(0, 7) g))
                            returning * into r;
                            op := 'D';
                        else
                            changed := 1 + floor(random() * ACCOUNTS);
                            update account set amount = n, name = 'changed ' || n
                            where tenant_id = 'tenant-' || t % 8 and id = changed returning * into r;
                        end if;
                        if journaled then
                            insert into tenantshift.journal (tenant_id, epoch, lane, layout, op, image)
                            values (r.tenant_id, 2, 'home->other', 1, op, array[r.tenant_id, r.id::text, r.name, r.amount::text]);
                        end if;
                    end loop;
                    commit;
                end loop;
                update turn set next = n;
            end $$""".replace("PASSING", String.valueOf(PASSING)).replace("ACCOUNTS", String.valueOf(ACCOUNTS));

    /** Makes both databases, with equal rows. */
    static Pair create(PostgresServer server) throws SQLException {
        server.createDatabase(HOME);
        try (Connection connection = server.superuserConnection(HOME)) {
            execute(connection, DDL);
            execute(
                    connection,
                    "insert into account select 'tenant-' || t, id, 'account ' || id, 1000 from generate_series(1, %d) id, generate_series(0, 7) t"
                            .formatted(ACCOUNTS));
            execute(
                    connection,
                    "insert into account select 'tenant-' || n %% 8, 1000000 + n, 'passing ' || n, n from generate_series(1, %d) n where n %% 10 in (1, 4, 7)"
                            .formatted(PASSING));
            execute(connection, "insert into turn values (%d)".formatted(PASSING));
        }
        server.createDatabase(OTHER, HOME);
        return new Pair(server.jdbcUrl(HOME), server.jdbcUrl(OTHER));
    }

    Connection connectHome() throws SQLException {
        return DriverManager.getConnection(home);
    }

    Connection connectOther() throws SQLException {
        return DriverManager.getConnection(other);
    }

    /** Commits transactions, and one more that inserts a mark: when that is on the other side, all are. */
    void write(int transactions, int rows, boolean journaled, long mark) throws SQLException {
        try (Connection connection = connectHome()) {
            execute(connection, "set synchronous_commit = off");
            try (CallableStatement call = connection.prepareCall("call write_rows(?, ?, ?)")) {
                call.setInt(1, transactions);
                call.setInt(2, rows);
                call.setBoolean(3, journaled);
                call.execute();
            }
            connection.setAutoCommit(false);
            execute(connection, "set local tenantshift.applier = 'on'");
            execute(connection, "insert into account values ('tenant-0', %d, 'mark', 0)".formatted(-mark));
            if (journaled) {
                execute(
                        connection,
                        "insert into tenantshift.journal (tenant_id, epoch, lane, layout, op, image) values ('tenant-0', 2, 'home->other', 1, 'U', array['tenant-0', '%d', 'mark', '0'])"
                                .formatted(-mark));
            }
            connection.commit();
        }
    }

    /** Waits until the mark is on the other side. */
    static void awaitMark(Connection other, long mark) throws SQLException {
        try (PreparedStatement select =
                other.prepareStatement("select from account where tenant_id = 'tenant-0' and id = ?")) {
            select.setLong(1, -mark);
            for (long until = System.nanoTime() + PATIENCE_NANOS; System.nanoTime() < until; ) {
                try (ResultSet row = select.executeQuery()) {
                    if (row.next()) {
                        return;
                    }
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            throw new IllegalStateException(
                    "not all has been applied after %d s".formatted(TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NANOS)));
        }
    }

    /** Makes both sides what they would be after a pause: vacuumed, analysed, the log's pages written. */
    void settle() throws SQLException {
        for (String url : List.of(home, other)) {
            try (Connection connection = DriverManager.getConnection(url)) {
                execute(connection, "vacuum (analyze) account");
                execute(connection, "analyze");
                execute(connection, "checkpoint");
            }
        }
    }

    /** Whether both sides have the same rows, by a sum over all of them. */
    boolean areEqual() throws SQLException {
        return sum(home).equals(sum(other));
    }

    private static String sum(String url) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "select count(*) || ' ' || coalesce(sum(hashtextextended(a::text, 0)), 0) from account a")) {
            row.next();
            return row.getString(1);
        }
    }

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
