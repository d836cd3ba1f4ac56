package io.tenantshift.testkit.fault;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A message as it is on the wire. Of a long one only the beginning is held; the rest stays in the stream until the message is passed on,
 * so that memory is bounded whatever is sent.
 */
final class Frame {
    private static final int HELD = 16 << 10;
    private static final int TYPE_AND_LENGTH = 5;

    private final DataInputStream from;
    private final byte[] head;
    private final int bodyAt;
    private int rest;

    private Frame(DataInputStream from, byte[] head, int bodyAt, int rest) {
        this.from = from;
        this.head = head;
        this.bodyAt = bodyAt;
        this.rest = rest;
    }

    /** The next message with a type; null at the end of the stream. */
    static @Nullable Frame next(DataInputStream from) throws IOException {
        int type = from.read();
        if (type < 0) {
            return null;
        }
        int length = from.readInt();
        if (length < 4) {
            throw new IOException("a message of type " + (char) type + " claims a length of " + length);
        }
        int body = length - 4;
        byte[] head = new byte[TYPE_AND_LENGTH + Math.min(body, HELD)];
        head[0] = (byte) type;
        putInt(head, 1, length);
        from.readFully(head, TYPE_AND_LENGTH, head.length - TYPE_AND_LENGTH);
        return new Frame(from, head, TYPE_AND_LENGTH, TYPE_AND_LENGTH + body - head.length);
    }

    /** The first message of a connection, which has no type. */
    static Frame first(DataInputStream from) throws IOException {
        int length = from.readInt();
        if (length < 8 || length > HELD) {
            throw new IOException(
                    "a connection begins with a message of length " + length + ": not PostgreSQL's protocol");
        }
        byte[] head = new byte[length];
        putInt(head, 0, length);
        from.readFully(head, 4, length - 4);
        return new Frame(from, head, 4, 0);
    }

    private static void putInt(byte[] into, int at, int value) {
        for (int i = 0; i < 4; i++) {
            into[at + i] = (byte) (value >>> (24 - 8 * i));
        }
    }

    /** Of a message with a type. */
    char type() {
        return (char) head[0];
    }

    /** An integer of the body, at this place. */
    int integer(int at) {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            value = value << 8 | (at(at + i) & 0xff);
        }
        return value;
    }

    /** A byte of the body; 0 behind its end, or behind what is held. */
    byte at(int at) {
        return bodyAt + at < head.length ? head[bodyAt + at] : 0;
    }

    /** A text of the body that begins there and ends with a zero byte, or with what is held. */
    String text(int at) {
        int from = Math.min(bodyAt + at, head.length);
        int to = from;
        while (to < head.length && head[to] != 0) {
            to++;
        }
        return new String(Arrays.copyOfRange(head, from, to), StandardCharsets.UTF_8);
    }

    /** Where the next field begins, behind a text that begins here. */
    int behindText(int at) {
        int to = at;
        while (bodyAt + to < head.length && head[bodyAt + to] != 0) {
            to++;
        }
        return to + 1;
    }

    /** Passes the whole message on. Once. */
    void writeTo(OutputStream to) throws IOException {
        to.write(head);
        byte[] piece = rest == 0 ? head : new byte[HELD];
        while (rest > 0) {
            int read = from.read(piece, 0, Math.min(rest, piece.length));
            if (read < 0) {
                throw new EOFException("the stream ended within a message");
            }
            to.write(piece, 0, read);
            rest -= read;
        }
    }
}
