package io.tenantshift.benchmarks.writes;

import io.tenantshift.benchmarks.Peer;
import io.tenantshift.router.Phase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Locale;

/** The captured write, what it is measured against, and what a team could do instead. Nobody's lane runs: what is applied is not measured. */
public enum Writer implements Peer {
    /** One HikariCP pool, one statement in autocommit. What all ratios are against. */
    PLAIN {
        @Override
        Writing open(Sides sides) {
            return Pooled.plain(sides);
        }
    },
    /** Through the router where nothing is in transition. */
    ROUTED {
        @Override
        Writing open(Sides sides) throws SQLException {
            return Routed.open(sides);
        }
    },
    /** Through the router on a guarded shard, the tenant itself in phase {@code SOURCE_ONLY}: fence and guard, no journal. */
    BYSTANDER {
        @Override
        void prepare(Sides sides) throws SQLException {
            Guarded.open(sides, Phase.SOURCE_ONLY, false);
        }

        @Override
        Writing open(Sides sides) throws SQLException {
            return Routed.open(sides);
        }
    },
    /** Through the router, the tenant in phase {@code DUAL_WRITE}. */
    CAPTURED {
        @Override
        void prepare(Sides sides) throws SQLException {
            Guarded.open(sides, Phase.DUAL_WRITE, false);
        }

        @Override
        Writing open(Sides sides) throws SQLException {
            return Routed.open(sides);
        }
    },
    /** The same with the table captured by trigger. */
    CAPTURED_BY_TRIGGER {
        @Override
        void prepare(Sides sides) throws SQLException {
            Guarded.open(sides, Phase.DUAL_WRITE, true);
        }

        @Override
        Writing open(Sides sides) throws SQLException {
            return Routed.open(sides);
        }
    },
    /** As a team writes it by hand: a transaction of the write and of a second statement that journals the row. No fence. */
    SECOND_STATEMENT {
        @Override
        void prepare(Sides sides) throws SQLException {
            Guarded.installOn(sides);
        }

        @Override
        Writing open(Sides sides) {
            return Pooled.withSecondStatement(sides);
        }
    },
    /** As a team writes it by hand too: the plain write, and a trigger for each row that writes the same entry. No fence. */
    ROW_TRIGGER {
        @Override
        void prepare(Sides sides) throws SQLException {
            Guarded.installOn(sides);
            try (Connection connection = sides.connectHome();
                    Statement statement = connection.createStatement()) {
                statement.execute("""
                        create function journal_account() returns trigger language plpgsql as $$
                        begin
                            insert into tenantshift.journal (tenant_id, epoch, lane, layout, op, image)
                            values (new.tenant_id, 2, 'home->other', 1, 'U',
                                array[new.tenant_id, new.id::text, new.name, new.amount::text]);
                            return null;
                        end $$;
                        create trigger journal_account after update on account
                            for each row execute function journal_account()""");
            }
        }

        @Override
        Writing open(Sides sides) {
            return Pooled.plain(sides);
        }
    },
    /** The same write to one database and then to the other, each in autocommit: what a crash in between leaves is not looked at. */
    BOTH_DATABASES {
        @Override
        Writing open(Sides sides) {
            return Pooled.toBoth(sides);
        }
    };

    /** Makes of two databases what this writer finds. */
    void prepare(Sides sides) throws SQLException {}

    /** Opens it. */
    abstract Writing open(Sides sides) throws SQLException;

    @Override
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether this is the {@link #label()} of one. */
    public static boolean isLabel(String label) {
        return Arrays.stream(values()).anyMatch(writer -> writer.label().equals(label));
    }
}
