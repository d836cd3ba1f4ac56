package io.tenantshift.benchmarks;

/** Somebody whose figures stand in a report beside others'. */
public interface Peer {
    /** As it is written on the command line and in reports. */
    String label();
}
