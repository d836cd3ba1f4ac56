package io.tenantshift.testkit.fault;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection and the one to the server that belongs to it, with a thread for each direction. Ends when both streams have
 * ended, or when it is closed. Encryption is declined in the server's name: nothing could be recognised in it.
 */
final class Link implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Link.class);
    private static final int SSL_REQUEST = 80877103;
    private static final int GSS_REQUEST = 80877104;
    private static final int CANCEL_REQUEST = 80877102;
    private static final int BUFFER = 32 << 10;

    private final Gate gate;
    private final End client;
    private final End server = new End(new Socket());
    private final InetSocketAddress address;
    private final PumpThreads threads;
    private final Runnable whenEnded;
    private final Conversation conversation = new Conversation();
    private final AtomicInteger pumping = new AtomicInteger(1);
    private final List<Thread> started = new CopyOnWriteArrayList<>();
    private volatile boolean open = true;
    private volatile boolean frozen;

    Link(Gate gate, Socket client, InetSocketAddress address, PumpThreads threads, Runnable whenEnded) {
        this.gate = gate;
        this.client = new End(client);
        this.address = address;
        this.threads = threads;
        this.whenEnded = whenEnded;
    }

    void start() {
        started.add(threads.start("to-server", () -> run(this::fromClient)));
    }

    boolean isOpen() {
        return open;
    }

    boolean isFrozen() {
        return frozen;
    }

    /** Under the gate's lock, as {@link #thaw}. */
    void freeze() {
        frozen = true;
    }

    void thaw() {
        frozen = false;
    }

    int backend() {
        return conversation.backend();
    }

    /** The receiver of this direction sees the end of the stream. What is sent to him later goes nowhere. */
    void halfClose(Direction direction) throws IOException {
        (direction == Direction.TO_SERVER ? server : client).end();
    }

    /** Ends the connection for both ends; its threads end soon after. */
    @Override
    public void close() {
        open = false;
        closeQuietly(client.socket);
        closeQuietly(server.socket);
        gate.told();
    }

    /** Waits for the threads of a link that has been closed. */
    void join(long millis) throws InterruptedException {
        // The first starts the second before it ends.
        for (int i = 0; i < started.size(); i++) {
            started.get(i).join(millis);
        }
    }

    private interface Pump {
        void run() throws IOException, InterruptedException;
    }

    private void run(Pump pump) {
        try {
            pump.run();
        } catch (IOException e) {
            LOG.debug("connection of backend {} lost in the proxy", backend(), e);
            close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
        } finally {
            if (pumping.decrementAndGet() == 0) {
                close();
                whenEnded.run();
            }
        }
    }

    private void fromClient() throws IOException, InterruptedException {
        DataInputStream in = buffered(client.socket);
        Frame first = Frame.first(in);
        while (first.integer(0) == SSL_REQUEST || first.integer(0) == GSS_REQUEST) {
            client.socket.getOutputStream().write('N');
            first = Frame.first(in);
        }
        if (!passes(new Message(Direction.TO_SERVER, (char) 0, "", 0), false)) {
            return;
        }
        server.socket.connect(address);
        server.socket.setTcpNoDelay(true);
        server.send(first);
        pumping.incrementAndGet();
        started.add(threads.start("to-client", () -> run(this::fromServer)));
        if (first.integer(0) == CANCEL_REQUEST) {
            return; // the server ends this connection, without an answer
        }
        pump(Direction.TO_SERVER, in, server);
    }

    private void fromServer() throws IOException, InterruptedException {
        pump(Direction.TO_CLIENT, buffered(server.socket), client);
    }

    private void pump(Direction direction, DataInputStream in, End to) throws IOException, InterruptedException {
        boolean burst = false;
        for (@Nullable Frame frame = Frame.next(in); frame != null; frame = Frame.next(in)) {
            Message message =
                    direction == Direction.TO_SERVER ? conversation.fromClient(frame) : conversation.fromServer(frame);
            if (!passes(message, burst)) {
                return;
            }
            to.send(frame);
            burst = in.available() > 0;
        }
        gate.passEnd(this, direction);
        if (open) {
            halfClose(direction);
        }
    }

    /** Whether the message is to be delivered; if not, this direction is over. */
    private boolean passes(Message message, boolean burst) throws IOException, InterruptedException {
        Optional<Trigger> due = gate.pass(this, message, burst);
        if (due.isEmpty()) {
            return open;
        }
        if (due.get().fault() == Fault.CUT) {
            close();
        } else {
            halfClose(message.direction());
        }
        due.get().hasFired();
        return open;
    }

    private static DataInputStream buffered(Socket from) throws IOException {
        return new DataInputStream(new BufferedInputStream(from.getInputStream(), BUFFER));
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("closing a connection of the proxy", e);
        }
    }

    /** Where one direction leads. A message is never half sent when the stream is ended. */
    private static final class End {
        private final Socket socket;

        End(Socket socket) {
            this.socket = socket;
        }

        synchronized void send(Frame frame) throws IOException {
            frame.writeTo(socket.isOutputShutdown() ? OutputStream.nullOutputStream() : socket.getOutputStream());
        }

        synchronized void end() throws IOException {
            if (!socket.isOutputShutdown()) {
                socket.shutdownOutput();
            }
        }
    }
}
