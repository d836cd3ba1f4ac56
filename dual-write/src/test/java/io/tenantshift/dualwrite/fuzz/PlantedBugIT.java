package io.tenantshift.dualwrite.fuzz;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.OpenTransition;
import io.tenantshift.router.spi.WriteCapture.Plan;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The fuzzer finds what is broken on purpose, in the fixed worlds of its short form, and shows it in a few statements. */
@TenantShiftCluster(shards = 2, ddl = """
                create type mood as enum ('sad', 'so so', 'ok');
                create type pair as (a integer, b text);
                create domain amount as numeric(12, 2) check (value >= 0);
                create schema "Other schema";
                """)
class PlantedBugIT {
    private static final int WORLDS = 4;
    private static final int FEW = 3;

    private final Cluster cluster;

    PlantedBugIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeAll
    static void open(Cluster cluster) throws SQLException {
        OpenTransition.open(cluster, Script.TENANT);
    }

    /** Bugs that a rewriter may have. */
    enum Bug {
        DELETIONS_ARE_JOURNALED_AS_ROWS,
        ONE_ENTRY_FOR_EACH_STATEMENT,
        EVERY_ENTRY_TWICE,
        BLANKS_OF_TEXT_ARE_LOST,
        NULLS_ARE_EMPTY,
        THE_CALLER_GETS_ONE_ROW,
        COLUMNS_LOSE_THEIR_NAMES;

        /** A captured statement with the bug; the same if it is none that shows it. */
        String in(String sql) {
            return switch (this) {
                case DELETIONS_ARE_JOURNALED_AS_ROWS -> sql.replace(", 'D', ", ", 'U', ");
                case ONE_ENTRY_FOR_EACH_STATEMENT -> sql.replaceFirst(ENTRIES, "$0 LIMIT 1");
                case EVERY_ENTRY_TWICE -> sql.replaceFirst(ENTRIES, "$0, pg_catalog.generate_series(1, 2)");
                case BLANKS_OF_TEXT_ARE_LOST -> sql.replaceAll(TEXT, "pg_catalog.btrim($1)");
                case NULLS_ARE_EMPTY -> sql.replaceAll(TEXT, "coalesce($1, '')");
                case THE_CALLER_GETS_ONE_ROW -> sql.contains(") SELECT ") ? sql + " LIMIT 1" : sql;
                case COLUMNS_LOSE_THEIR_NAMES ->
                    sql.replaceFirst("(?<=\\) SELECT )(\"tenantshift 1\") AS \"[^\"]+\"", "$1");
            };
        }
    }

    private static final String ENTRIES = "(?<=\"tenantshift image\") FROM \"tenantshift rows\"";
    /** A text column in an image. */
    private static final String TEXT = "(\"[^\"]+\"\\.\"[^\"]+\")::pg_catalog\\.text(?!\\))";

    @ParameterizedTest
    @EnumSource
    void itIsFoundAndShownInAFewStatements(Bug bug) throws SQLException {
        Finding finding = null;
        for (long seed = 1; seed <= WORLDS && finding == null; seed++) {
            finding = Fuzzer.tryWorld(
                    cluster, seed, 0, new Tally(), plan -> new Plan(bug.in(plan.sql()), plan.returnsRows(), true));
        }
        assertThat(finding).as("%s in %d worlds", bug, WORLDS).isNotNull();
        requireNonNull(finding);
        assertThat(finding.script().blocks()).as("%s", finding).hasSizeLessThanOrEqualTo(FEW);
    }
}
