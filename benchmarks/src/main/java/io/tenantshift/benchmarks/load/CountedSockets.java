package io.tenantshift.benchmarks.load;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;

/**
 * Sockets that count what goes over them, for a URL's parameter {@code socketFactory}: how often a thread sends something and how often it
 * then waits for an answer. Counted by thread: what a library does in the background is not taken for a part of an operation. Made by the
 * driver, which knows only the class. Safe for any thread.
 */
public final class CountedSockets extends SocketFactory {
    /** The driver makes the factory and shows it to nobody. */
    private static final ThreadLocal<Count> COUNT = ThreadLocal.withInitial(Count::new);

    private static final class Count {
        long flushes;
        long turns;
        /** Whether something has been written that is not flushed yet. */
        boolean written;
        /** Whether something has been flushed that nothing was read after. */
        boolean sent;
    }

    /** What is to be appended to a URL that has parameters already. */
    public static String parameter() {
        return "&socketFactory=" + CountedSockets.class.getName();
    }

    /** How often this thread has sent something. */
    public static long flushes() {
        return COUNT.get().flushes;
    }

    /** How often this thread has begun to read an answer after sending something. */
    public static long turns() {
        return COUNT.get().turns;
    }

    @Override
    public Socket createSocket() {
        return new CountedSocket();
    }

    @Override
    public Socket createSocket(String host, int port) {
        throw new UnsupportedOperationException("the driver connects its sockets itself");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
        throw new UnsupportedOperationException("the driver connects its sockets itself");
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
        throw new UnsupportedOperationException("the driver connects its sockets itself");
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) {
        throw new UnsupportedOperationException("the driver connects its sockets itself");
    }

    private static final class CountedSocket extends Socket {
        @Override
        public OutputStream getOutputStream() throws IOException {
            return new CountedOutput(super.getOutputStream());
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return new CountedInput(super.getInputStream());
        }
    }

    private static final class CountedOutput extends FilterOutputStream {
        CountedOutput(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            COUNT.get().written = true;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            COUNT.get().written = true;
        }

        @Override
        public void flush() throws IOException {
            out.flush();
            Count count = COUNT.get();
            if (count.written) {
                count.flushes++;
                count.written = false;
                count.sent = true;
            }
        }
    }

    private static final class CountedInput extends FilterInputStream {
        CountedInput(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            turn();
            return super.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            turn();
            return super.read(bytes, offset, length);
        }

        private static void turn() {
            Count count = COUNT.get();
            if (count.sent) {
                count.turns++;
                count.sent = false;
            }
        }
    }
}
