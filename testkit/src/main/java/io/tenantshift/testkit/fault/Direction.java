package io.tenantshift.testkit.fault;

/** Which way a message goes. */
public enum Direction {
    /** From the client to the server. */
    TO_SERVER,
    /** From the server to the client. */
    TO_CLIENT
}
