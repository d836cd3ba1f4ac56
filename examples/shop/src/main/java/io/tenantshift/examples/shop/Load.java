package io.tenantshift.examples.shop;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import javax.sql.DataSource;

/**
 * The clients at work. {@link #pause} holds them between two operations, {@link #stop} ends them; after either, the ledgers may be read
 * by the thread that called it. Driven by one thread.
 */
final class Load implements AutoCloseable {
    /** Makes a client's pace. */
    interface Paces {
        /** The pace of one client. */
        Pace of(SplittableRandom random);
    }

    /** The clients are held until this is closed, by the thread that asked for it. */
    interface Quiet extends AutoCloseable {
        @Override
        void close();
    }

    private final Marketplace marketplace;
    private final Generator generator;
    private final List<Ledger> ledgers = new ArrayList<>();
    private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock(true);
    private final Tally tally = new Tally();
    private final Latency latency = new Latency();
    private final ExecutorService threads;
    private final List<Future<?>> running = new ArrayList<>();
    private volatile boolean stopped;

    Load(Marketplace marketplace, Generator generator, int clients) {
        this.marketplace = marketplace;
        this.generator = generator;
        this.threads = ClientThreads.pool("shop-client", clients);
        for (int client = 0; client < clients; client++) {
            ledgers.add(new Ledger(marketplace, generator, client, clients));
        }
    }

    /** Starts all clients. */
    void start(DataSource dataSource, Paces paces, Saboteur saboteur) {
        for (int client = 0; client < ledgers.size(); client++) {
            SplittableRandom random = marketplace.random("client", client);
            running.add(threads.submit(
                    new Client(this, dataSource, ledgers.get(client), random, paces.of(random.split()), saboteur)));
        }
    }

    /** The pace of so many operations a second by all clients together, until {@link #stop}. */
    Paces together(double perSecond) {
        return random -> Pace.perSecond(perSecond / ledgers.size(), random, () -> stopped);
    }

    /** Waits until no operation is under way and lets none begin. */
    Quiet pause() {
        Lock all = gate.writeLock();
        all.lock();
        return all::unlock;
    }

    /** Tells the clients to stop and waits until they have. */
    void stop() throws InterruptedException {
        stopped = true;
        await();
    }

    /** Waits until all clients have come to the end of their pace. */
    void await() throws InterruptedException {
        for (Future<?> client : running) {
            try {
                client.get();
            } catch (ExecutionException | CancellationException e) {
                throw new IllegalStateException("a client of the shop died", e);
            }
        }
        running.clear();
    }

    /** Tells the clients to stop and does not wait. */
    @Override
    public void close() {
        stopped = true;
        threads.shutdown();
    }

    Marketplace marketplace() {
        return marketplace;
    }

    Generator generator() {
        return generator;
    }

    List<Ledger> ledgers() {
        return List.copyOf(ledgers);
    }

    Lock gate() {
        return gate.readLock();
    }

    Tally tally() {
        return tally;
    }

    Latency latency() {
        return latency;
    }
}
