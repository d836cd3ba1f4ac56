package io.tenantshift.testkit.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TCP proxy in front of a PostgreSQL server that does to connections what networks do to them: now, or at a message of the protocol.
 *
 * <pre>{@code
 * try (FaultProxy proxy = FaultProxy.before(cluster.url("legacy"))) {
 *     DataSource dataSource = pool(proxy.url(cluster.url("legacy")));
 *     Trigger lost = proxy.at(1, Message::isCommitReply, Fault.CUT);
 *     // the next commit is durable, and its client does not know it
 *     lost.awaitFired();
 * }
 * }</pre>
 *
 * <p>It passes whole messages on, in order, and looks at each before its receiver has any of it. When a method returns, its fault is in
 * force; a message of another thread that was on its way through at that moment may still arrive.
 *
 * <p>Not done: encryption (it is declined, as a server without it does), loss or disorder within a stream (TCP repairs these), and hosts
 * that vanish without a packet (a frozen connection is the nearest).
 *
 * <p>Safe for any thread. Its own threads, two for each connection and one that accepts, are daemons whose names begin with
 * {@value #THREADS}; closing it ends them and all connections.
 */
public final class FaultProxy implements AutoCloseable {
    /** What the names of its threads begin with. */
    public static final String THREADS = "tenantshift-fault-proxy-";

    private static final Logger LOG = LoggerFactory.getLogger(FaultProxy.class);

    /** The usual servers of tests allow as many. */
    private static final int MOST_LINKS = 400;

    private static final long PATIENCE_MILLIS = 10_000;

    private static final Pattern URL = Pattern.compile("(jdbc:postgresql://)([^/:]+)(?::([0-9]+))?(/.*)");

    private final Gate gate = new Gate();
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final InetSocketAddress server;
    private final ServerSocket listening;
    private final PumpThreads threads;
    private final Thread accepting;
    private volatile boolean refusing;
    private volatile boolean closed;

    private FaultProxy(InetSocketAddress server) throws IOException {
        this.server = server;
        this.listening = new ServerSocket(0, MOST_LINKS, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        this.threads = new PumpThreads(listening.getLocalPort());
        this.accepting = threads.start("accept", this::accept);
    }

    /** A proxy in front of the server that this JDBC URL names. */
    public static FaultProxy before(String jdbcUrl) {
        Matcher url = parse(jdbcUrl);
        int port = url.group(3) == null ? 5432 : Integer.parseInt(url.group(3));
        try {
            return new FaultProxy(new InetSocketAddress(url.group(2), port));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a proxy before " + url.group(2) + ":" + port, e);
        }
    }

    /** The same database, user and parameters by way of this proxy. */
    public String url(String jdbcUrl) {
        Matcher url = parse(jdbcUrl);
        return url.group(1) + listening.getInetAddress().getHostAddress() + ":" + listening.getLocalPort()
                + url.group(4);
    }

    private static Matcher parse(String jdbcUrl) {
        Matcher url = URL.matcher(jdbcUrl);
        if (!url.matches()) {
            // Not the text: it may hold a password.
            throw new IllegalArgumentException(
                    "not a JDBC URL of one server: expected jdbc:postgresql://host:port/database");
        }
        return url;
    }

    /** Ends all connections, for both ends. New ones are accepted. */
    public void cut() {
        links.forEach(Link::close);
    }

    /** Ends the connection to one server process; nothing happens if it does not come through here. */
    public void cut(int backend) {
        links.stream().filter(link -> link.backend() == backend).forEach(Link::close);
    }

    /** The receivers of one direction see the end of their streams, on all connections of now; the other direction goes on. */
    public void halfClose(Direction direction) {
        for (Link link : links) {
            try {
                link.halfClose(direction);
            } catch (IOException e) {
                LOG.debug("a connection ended before it could be half closed", e);
            }
        }
    }

    /** Delivers nothing any more, ends of connections included, on old connections and new ones, until {@link #heal}. */
    public void freeze() {
        gate.freeze(EnumSet.allOf(Direction.class));
    }

    /** As {@link #freeze()}, in one direction. */
    public void freeze(Direction direction) {
        gate.freeze(EnumSet.of(direction));
    }

    /** Delivers everything so much later, in both directions, from now on. What is sent at once arrives at once. */
    public void delay(Duration delay) {
        gate.delay(delay);
    }

    /** Resets new connections at once, until {@link #heal}; the old ones go on. */
    public void refuse() {
        refusing = true;
    }

    /**
     * Has a fault wait for a message, counted from now over all connections. A message brings one fault at most: the one that was asked
     * for first, and it is not counted for those that were asked for later.
     *
     * @param nth 1 for the next one that matches
     * @param which asked about every message until it has come, by the proxy's threads: quick and without side effects
     */
    public Trigger at(int nth, Predicate<Message> which, Fault fault) {
        Trigger trigger = new Trigger(nth, which, fault);
        gate.add(trigger);
        return trigger;
    }

    /** Ends every fault: what was held is delivered, new connections are accepted, and triggers that wait are forgotten. What was cut stays so. */
    public void heal() {
        refusing = false;
        gate.open(links);
    }

    /** How many connections come through here now. */
    public int connections() {
        return links.size();
    }

    /** How many messages, and ends of streams, are held by a freeze now: 0 means that nobody has met it yet. */
    public int held() {
        return gate.held();
    }

    /** Ends all connections, and its threads. */
    @Override
    public void close() {
        closed = true;
        try {
            listening.close();
            Set<Link> all = new HashSet<>(links);
            cut();
            accepting.join(PATIENCE_MILLIS);
            all.addAll(links); // what was accepted meanwhile
            cut();
            for (Link link : all) {
                link.join(PATIENCE_MILLIS);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close " + this, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return "fault proxy on port " + listening.getLocalPort() + " before " + server;
    }

    private void accept() {
        while (!closed) {
            try {
                link(listening.accept());
            } catch (IOException e) {
                if (!closed) {
                    LOG.warn("{} could not accept a connection", this, e);
                }
            }
        }
    }

    private void link(Socket client) throws IOException {
        boolean full = links.size() >= MOST_LINKS;
        if (full) {
            LOG.warn("{} has {} connections and takes no more", this, MOST_LINKS);
        }
        if (refusing || closed || full) {
            client.setOption(StandardSocketOptions.SO_LINGER, 0); // reset, not ended
            client.close();
            return;
        }
        client.setTcpNoDelay(true);
        Link[] self = new Link[1];
        Link link = new Link(gate, client, server, threads, () -> links.remove(self[0]));
        self[0] = link;
        links.add(link);
        link.start();
    }
}
