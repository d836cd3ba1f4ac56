package io.tenantshift.benchmarks.applying;

import io.tenantshift.benchmarks.Durability;
import io.tenantshift.benchmarks.MeasuredJvm;
import io.tenantshift.benchmarks.Outcome;
import io.tenantshift.benchmarks.Outcome.Measure;
import io.tenantshift.benchmarks.Peer;
import io.tenantshift.benchmarks.Run;
import io.tenantshift.testkit.ChildJvm;
import io.tenantshift.testkit.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * A lane at full load, without and with a tenant whose entries cannot be applied: how fast the others' rows come. Both are the same backlog;
 * after it the tenant is released, and both sides are compared.
 */
final class PoisonRounds {
    private static final int ROWS_EACH = 10;
    private static final String POISONED = "tenant-7";

    /** Almost half of his rows, the first one in his first transaction. */
    private static final String POISON =
            "alter table account add constraint poison check (tenant_id <> '%s' or name not like 'changed%%') not valid"
                    .formatted(POISONED);

    private static final String CURE = "alter table account drop constraint poison";

    private static final Measure OTHERS = new Measure("poison: rows of the other tenants", "rows/s");

    /** Who is on the lane. */
    private enum Company implements Peer {
        ALL_WELL,
        ONE_POISONED;

        @Override
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final Run run;
    private long mark;

    PoisonRounds(Run run) {
        this.run = run;
    }

    void measure(Outcome into) throws SQLException {
        try (PostgresServer server = Durability.DURABLE.start(Pair.REPLICATED)) {
            Pair pair = Pair.create(server);
            Lane.prepare(pair);
            try (ChildJvm performer = MeasuredJvm.start(LanePerformer.class, pair.home(), pair.other())) {
                performer.awaitLine("open");
                rounds(pair, performer, into);
            }
        }
        into.limitRatio(
                "poison: rows of the others with one poisoned tenant, against none",
                OTHERS,
                Company.ONE_POISONED,
                Company.ALL_WELL,
                false,
                0.95);
    }

    private void rounds(Pair pair, ChildJvm performer, Outcome into) throws SQLException {
        int rows = run.pace().isSmoke() ? 1_000 : 300_000;
        List<Company> order = new ArrayList<>(List.of(Company.values()));
        for (int round = 0; round <= run.pace().rounds(); round++) {
            for (Company company : order) {
                mark++;
                pair.write(rows / ROWS_EACH, ROWS_EACH, true, mark);
                pair.settle();
                long nanos = company == Company.ALL_WELL ? apply(performer) : applyPoisoned(pair, performer);
                if (!pair.areEqual()) {
                    throw new IllegalStateException("not all has been applied: the sides differ");
                }
                int tenants = Pair.TENANTS.size();
                double perSecond = (double) rows * (tenants - 1) / tenants * TimeUnit.SECONDS.toNanos(1) / nanos;
                run.progress().printf("P3, poison, round %d: %s, %.0f rows/s%n", round, company.label(), perSecond);
                if (round > 0) {
                    into.sample(OTHERS, company, perSecond);
                }
            }
            Collections.rotate(order, 1);
        }
    }

    private long apply(ChildJvm performer) {
        return Long.parseLong(performer.ask(LanePerformer.APPLY + " " + mark));
    }

    private long applyPoisoned(Pair pair, ChildJvm performer) throws SQLException {
        try (Connection other = pair.connectOther()) {
            Pair.execute(other, POISON);
            long nanos = apply(performer);
            try (Statement statement = other.createStatement();
                    ResultSet row = statement.executeQuery(
                            "select string_agg(tenant_id, ' ') from tenantshift.tenant_position")) {
                row.next();
                if (!POISONED.equals(row.getString(1))) {
                    throw new IllegalStateException("in quarantine is not who was poisoned, but " + row.getString(1));
                }
            }
            Pair.execute(other, CURE);
            String outcome = performer.ask(LanePerformer.RELEASE + " " + POISONED);
            run.progress().printf("  %s%n", outcome);
            return nanos;
        }
    }
}
