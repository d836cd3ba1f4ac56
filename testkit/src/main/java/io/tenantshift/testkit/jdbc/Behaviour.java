package io.tenantshift.testkit.jdbc;

import java.sql.Connection;

/**
 * One piece of JDBC code that is run on both sides, with what it observes being compared.
 *
 * @param topic what it is about; the group that it is shown in
 * @param name unique in the topic
 * @param sweep whether it calls many methods by reflection on objects that are no longer usable; such calls account for no method
 */
record Behaviour(String topic, String name, boolean sweep, Code code) {

    /** Code that needs the side: its DataSource, further connections, a plain look at its database. */
    @FunctionalInterface
    interface Code {
        void run(Side side, Observed o) throws Exception;
    }

    /** Code for which a fresh connection of the side is enough. */
    @FunctionalInterface
    interface OnConnection {
        void run(Connection c, Observed o) throws Exception;
    }

    /** What a list of differences by design calls it. */
    String key() {
        return topic + ": " + name;
    }
}
