package io.tenantshift.benchmarks.contender;

/** The scope of a contender that is not told whose thread it is. */
enum NoScope implements AutoCloseable {
    INSTANCE;

    @Override
    public void close() {}
}
