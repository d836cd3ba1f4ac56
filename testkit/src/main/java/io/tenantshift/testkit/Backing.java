package io.tenantshift.testkit;

/** Where a {@link PostgresServer} really runs. Thread-safe. */
sealed interface Backing permits EmbeddedBacking, ContainerBacking, ExternalBacking {

    /** One line for messages: which kind, where. Never a password. */
    String description();

    /** A JDBC URL that carries the credentials of a role that may create databases. */
    String url(String database);

    /** Kills the server as a crash would; its port and its data stay. */
    default void stopImmediate() {
        throw cannot("stop");
    }

    /** Starts the server again on the same port and the same data, after stopping it if it runs. */
    default void restart() {
        throw cannot("restart");
    }

    /** Ends the server and removes its data, if it is ours. */
    void close();

    private UnsupportedOperationException cannot(String what) {
        return new UnsupportedOperationException("cannot " + what + " " + description()
                + ": only a server of its own can be stopped; take one with PostgresServer.start()");
    }
}
