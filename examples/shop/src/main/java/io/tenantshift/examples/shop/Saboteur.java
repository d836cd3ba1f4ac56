package io.tenantshift.examples.shop;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * Sends writes behind the library's back, so that the demo can be seen to fail: on a plain connection, straight to the shard that has
 * authority at that moment, where no journal hears of them. Safe for any thread.
 */
interface Saboteur {
    /** Nobody. */
    Saboteur NONE = new Saboteur() {
        @Override
        public boolean strikes(String tenant) {
            return false;
        }

        @Override
        public Connection open(String tenant) {
            throw new IllegalStateException("nobody sabotages");
        }
    };

    /** Whether the status change that is about to be made for a tenant goes behind the library's back. */
    boolean strikes(String tenant);

    /** A plain connection to the tenant's authority. */
    Connection open(String tenant) throws SQLException;
}
