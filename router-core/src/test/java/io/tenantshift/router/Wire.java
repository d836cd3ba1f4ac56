package io.tenantshift.router;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The network to one shard, which can fall silent or be cut: a port of this machine whose bytes go to the shard's. Silent, it accepts
 * connections and bytes and hands nothing on, until it speaks again; then everything goes where it should have gone. Safe for any thread.
 */
final class Wire implements AutoCloseable {
    private static final Pattern PLACE = Pattern.compile("//([^:/?]+):([0-9]+)/");

    private final String url;
    private final InetSocketAddress server;
    private final int port;
    private final Object lock = new Object();
    // Guarded by the lock:
    private @Nullable ServerSocket listener;
    private final Set<Socket> sockets = new HashSet<>();
    private final List<Thread> threads = new ArrayList<>();
    private int opened;
    private boolean silent;
    private boolean closed;

    /** @param url of the shard */
    Wire(String url) throws IOException {
        Matcher place = PLACE.matcher(url);
        if (!place.find()) {
            throw new IllegalArgumentException("no host and port in the URL");
        }
        this.server = new InetSocketAddress(place.group(1), Integer.parseInt(place.group(2)));
        try (ServerSocket free = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            this.port = free.getLocalPort();
        }
        this.url = place.replaceFirst("//" + InetAddress.getLoopbackAddress().getHostAddress() + ":" + port + "/");
        connect();
    }

    /** The shard's URL, over this wire. */
    String url() {
        return url;
    }

    /** How many connections have been accepted. */
    int opened() {
        synchronized (lock) {
            return opened;
        }
    }

    /** From now on nothing arrives, in either direction, and nobody is told. */
    void fallSilent() {
        synchronized (lock) {
            silent = true;
        }
    }

    /** What was held back arrives, and all that follows. */
    void speak() {
        synchronized (lock) {
            silent = false;
            lock.notifyAll();
        }
    }

    /** Cuts all connections; new ones are refused. */
    void cut() throws IOException {
        synchronized (lock) {
            if (listener != null) {
                listener.close();
                listener = null;
            }
            for (Socket socket : sockets) {
                socket.close();
            }
            sockets.clear();
            lock.notifyAll();
        }
    }

    /** New connections are accepted. */
    void connect() throws IOException {
        ServerSocket opened = new ServerSocket();
        opened.setReuseAddress(true);
        opened.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
        synchronized (lock) {
            listener = opened;
        }
        start("accepts", () -> accept(opened));
    }

    private void start(String what, Runnable work) {
        Thread thread = new Thread(work, "wire " + what);
        thread.setDaemon(true);
        synchronized (lock) {
            threads.add(thread);
        }
        thread.start();
    }

    private void accept(ServerSocket from) {
        while (true) {
            try {
                Socket client = from.accept();
                keep(client);
                synchronized (lock) {
                    opened++;
                }
                start("opens", () -> open(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void keep(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        synchronized (lock) {
            if (closed || listener == null) {
                socket.close();
                throw new IOException("cut");
            }
            sockets.add(socket);
        }
    }

    private void open(Socket client) {
        try {
            Socket toServer = new Socket(server.getAddress(), server.getPort());
            keep(toServer);
            start("asks", () -> pass(client, toServer));
            pass(toServer, client);
        } catch (IOException e) {
            end(client);
        }
    }

    private void pass(Socket from, Socket to) {
        byte[] buffer = new byte[64 * 1024];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                awaitVoice();
                out.write(buffer, 0, read);
                out.flush();
            }
            awaitVoice();
        } catch (IOException e) {
            // The other direction sees it too.
        } finally {
            end(from);
            end(to);
        }
    }

    private void awaitVoice() throws IOException {
        synchronized (lock) {
            while (silent && !closed) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        }
    }

    private void end(Closeable socket) {
        try {
            synchronized (lock) {
                sockets.remove(socket);
            }
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        List<Thread> running;
        synchronized (lock) {
            closed = true;
            cut();
            running = List.copyOf(threads);
        }
        for (Thread thread : running) {
            try {
                thread.join(5_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
