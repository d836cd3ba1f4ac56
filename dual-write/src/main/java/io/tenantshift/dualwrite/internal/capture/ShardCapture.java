package io.tenantshift.dualwrite.internal.capture;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tenantshift.dualwrite.CaptureTrigger;
import io.tenantshift.dualwrite.Layout;
import io.tenantshift.dualwrite.Layouts;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.router.spi.WriteCapture.Plan;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.router.sql.SqlFacts;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The captured form of each statement, by shard: its layouts are read once, each text is rewritten once, again when the topology
 * changes. A table that joins a transition later than that is not missed: its writes reach the guard without naming the journal and are
 * refused. Nor one that is captured by another kind than was read: by statement instead of by trigger the guard refuses it, by both its
 * rows have two entries with the same image. Safe for any thread.
 */
public final class ShardCapture {
    private static final int CACHED_STATEMENTS = 10_000;
    /** {@code RETURNING old.…} came with PostgreSQL 18. */
    private static final int FIRST_WITH_OLD_ROWS = 18;

    /** The version of the schema with {@code tenantshift.refuse}. */
    private static final int FIRST_THAT_REFUSES = 4;

    private record Key(String shard, String sql, KeysRequest keys) {}

    /** What was read and rewritten under one version of the topology: a new transition may bring new tables. */
    private record Known(
            long topology, ConcurrentMap<String, CaptureRewriter> rewriters, Cache<Key, Outcome> outcomes) {
        Known(long topology) {
            this(
                    topology,
                    new ConcurrentHashMap<>(),
                    Caffeine.newBuilder()
                            .maximumSize(CACHED_STATEMENTS)
                            .executor(Runnable::run)
                            .build());
        }
    }

    private final RouterServices services;
    private volatile Known known = new Known(-1);

    public ShardCapture(RouterServices services) {
        this.services = services;
    }

    /** See {@link io.tenantshift.router.spi.WriteCapture#plan}. */
    public Plan plan(String shard, String sql, SqlFacts facts, KeysRequest keys) throws SQLException {
        Known now = current();
        Key key = new Key(shard, sql, keys);
        Outcome outcome = now.outcomes.getIfPresent(key);
        if (outcome == null) {
            outcome = rewriter(now, shard).rewrite(sql, facts, keys);
            now.outcomes.put(key, outcome);
        }
        if (outcome instanceof Outcome.Captured captured) {
            return new Plan(captured.sql(), captured.returnsRows(), true, captured.composed());
        }
        if (outcome instanceof Outcome.Refused refused) {
            throw new StatementRefusedException(
                    "router \"%s\": %s statement refused on shard \"%s\", whose tenant is captured: %s; it was not sent; %s"
                            .formatted(services.name(), facts.kind(), shard, refused.reason(), refused.wayOut()),
                    null);
        }
        return new Plan(sql, false, false);
    }

    /** See {@link io.tenantshift.router.spi.WriteCapture#seesDriversWrites}. */
    public boolean seesDriversWrites(String shard, @Nullable SqlFacts facts) throws SQLException {
        return rewriter(current(), shard).seesDriversWrites(facts);
    }

    private Known current() {
        long version = services.topology().version();
        Known now = known;
        if (now.topology != version) {
            now = new Known(version);
            known = now;
        }
        return now;
    }

    private CaptureRewriter rewriter(Known now, String shard) throws SQLException {
        CaptureRewriter rewriter = now.rewriters.get(shard);
        if (rewriter == null) {
            try (Connection connection = services.connect(shard)) {
                int installed = Schema.version(connection);
                if (installed < FIRST_THAT_REFUSES) {
                    throw new SQLException(
                            "router \"%s\": shard \"%s\" has schema tenantshift version %d and captured statements need version %d; nothing was sent; open the transition again, which installs it"
                                    .formatted(services.name(), shard, installed, FIRST_THAT_REFUSES),
                            "TS013");
                }
                boolean showsOldRows = connection.getMetaData().getDatabaseMajorVersion() >= FIRST_WITH_OLD_ROWS;
                rewriter = new CaptureRewriter(
                        Layouts.load(connection),
                        CaptureTrigger.installed(connection),
                        showsOldRows,
                        attributes(connection),
                        (layout, sql) -> labels(shard, layout, sql));
            }
            now.rewriters.put(shard, rewriter);
        }
        return rewriter;
    }

    /** How many columns the tables have had in their lives, by the ids of layouts that still say what they have. */
    private static Map<Integer, Integer> attributes(Connection connection) throws SQLException {
        Map<Integer, Integer> attributes = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        select l.id, c.relnatts from tenantshift.layout l
                        join pg_class c on c.oid = to_regclass(format('%I.%I', l.table_schema, l.table_name))
                        where cardinality(l.columns) = (select count(*) from pg_attribute a
                            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '')""")) {
            while (row.next()) {
                attributes.put(row.getInt(1), row.getInt(2));
            }
        }
        return attributes;
    }

    /** What the server does not say is not kept: the next execution asks again. */
    private List<String> labels(String shard, Layout layout, String sql) throws SQLException {
        try (Connection connection = services.connect(shard)) {
            return Labels.ask(connection, layout, sql);
        } catch (SQLException e) {
            String state = e.getSQLState();
            if (state != null && (state.startsWith("42") || state.startsWith("0A"))) {
                throw new StatementRefusedException(
                        "router \"%s\": statement refused on shard \"%s\", whose tenant is captured: RETURNING has an expression without a name, and the server did not say what it calls it: %s; it was not sent; give it a name with AS"
                                .formatted(services.name(), shard, e.getMessage()),
                        e);
            }
            throw e;
        }
    }
}
