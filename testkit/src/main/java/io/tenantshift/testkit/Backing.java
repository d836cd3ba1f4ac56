package io.tenantshift.testkit;

/** Where a {@link PostgresServer} really runs. Thread-safe. */
sealed interface Backing permits EmbeddedBacking, ContainerBacking, ExternalBacking {

    /** One line for messages: which kind, where. Never a password. */
    String description();

    /** A JDBC URL that carries the credentials of a role that may create databases. */
    String url(String database);
}
