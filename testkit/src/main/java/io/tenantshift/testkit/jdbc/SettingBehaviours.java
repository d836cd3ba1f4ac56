package io.tenantshift.testkit.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executor;

/** Every setting of a connection at every moment at which it can be made: before the first statement, after it, within a transaction. */
final class SettingBehaviours {

    private SettingBehaviours() {}

    /** A call on a connection. */
    @FunctionalInterface
    private interface Setting {
        void set(Connection c) throws SQLException;
    }

    private enum Moment {
        BEFORE_ANY_STATEMENT {
            @Override
            void reach(Connection c) {}
        },
        AFTER_A_STATEMENT {
            @Override
            void reach(Connection c) throws SQLException {
                select(c);
            }
        },
        BEFORE_THE_FIRST_STATEMENT_OF_A_TRANSACTION {
            @Override
            void reach(Connection c) throws SQLException {
                c.setAutoCommit(false);
            }
        },
        AFTER_A_STATEMENT_OF_A_TRANSACTION {
            @Override
            void reach(Connection c) throws SQLException {
                c.setAutoCommit(false);
                select(c);
            }
        },
        BETWEEN_TWO_TRANSACTIONS {
            @Override
            void reach(Connection c) throws SQLException {
                c.setAutoCommit(false);
                select(c);
                c.commit();
            }
        },
        IN_A_FAILED_TRANSACTION {
            @Override
            void reach(Connection c) throws SQLException {
                c.setAutoCommit(false);
                try (Statement s = c.createStatement()) {
                    s.execute("select 1 / 0");
                } catch (SQLException wanted) {
                    return;
                }
                throw new IllegalStateException("the division has not failed");
            }
        };

        abstract void reach(Connection c) throws SQLException;

        private static void select(Connection c) throws SQLException {
            try (Statement s = c.createStatement()) {
                s.execute("select 1");
            }
        }
    }

    static void addTo(Behaviours b) {
        for (Map.Entry<String, Setting> setting : settings().entrySet()) {
            for (Moment moment : Moment.values()) {
                b.add(setting.getKey() + ", " + words(moment), (c, o) -> {
                    moment.reach(c);
                    o.see("set", () -> setting.getValue().set(c));
                    ConnectionBehaviours.seeState(c, o);
                    seeServer(c, o, "server");
                    if (!c.getAutoCommit()) {
                        o.see("roll back", () -> c.rollback());
                        seeServer(c, o, "server after rollback");
                    }
                    ConnectionBehaviours.seeState(c, o);
                });
            }
        }
    }

    private static Map<String, Setting> settings() {
        Executor direct = Runnable::run;
        Map<String, Setting> all = new LinkedHashMap<>();
        all.put("autocommit off", c -> c.setAutoCommit(false));
        all.put("autocommit on", c -> c.setAutoCommit(true));
        all.put("read only", c -> c.setReadOnly(true));
        all.put("not read only", c -> c.setReadOnly(false));
        all.put("serializable", c -> c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE));
        all.put("repeatable read", c -> c.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ));
        all.put("read uncommitted", c -> c.setTransactionIsolation(Connection.TRANSACTION_READ_UNCOMMITTED));
        all.put("no isolation", c -> c.setTransactionIsolation(Connection.TRANSACTION_NONE));
        all.put("an unknown isolation", c -> c.setTransactionIsolation(77));
        all.put("cursors closed at commit", c -> c.setHoldability(ResultSet.CLOSE_CURSORS_AT_COMMIT));
        all.put("cursors held over commit", c -> c.setHoldability(ResultSet.HOLD_CURSORS_OVER_COMMIT));
        all.put("an unknown holdability", c -> c.setHoldability(77));
        all.put("schema", c -> c.setSchema("scratch"));
        all.put("a schema that needs quotes", c -> c.setSchema("a \"quoted\" 'one'"));
        all.put("no schema", c -> c.setSchema(null));
        all.put("catalog", c -> c.setCatalog("elsewhere"));
        all.put("network timeout", c -> c.setNetworkTimeout(direct, 60_000));
        all.put("negative network timeout", c -> c.setNetworkTimeout(direct, -1));
        all.put("client info", c -> c.setClientInfo("ApplicationName", "contract"));
        all.put("no client info", c -> c.setClientInfo("ApplicationName", null));
        all.put("unknown client info", c -> c.setClientInfo("Whatever", "contract"));
        all.put("client info as properties", c -> {
            Properties properties = new Properties();
            properties.setProperty("ApplicationName", "contract");
            c.setClientInfo(properties);
        });
        all.put("type map", c -> c.setTypeMap(new LinkedHashMap<>()));
        all.put("two settings", c -> {
            c.setReadOnly(true);
            c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        });
        return all;
    }

    private static void seeServer(Connection c, Observed o, String when) {
        o.rows(
                when,
                () -> c.createStatement()
                        .executeQuery("select current_setting('transaction_isolation'),"
                                + " current_setting('transaction_read_only'), current_setting('default_transaction_isolation'),"
                                + " current_setting('default_transaction_read_only'), current_setting('search_path'),"
                                + " current_setting('application_name')"));
    }

    private static String words(Enum<?> constant) {
        return constant.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }
}
