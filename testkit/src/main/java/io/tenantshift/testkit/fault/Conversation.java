package io.tenantshift.testkit.fault;

import java.util.HashMap;
import java.util.Map;

/**
 * Follows one connection: which statement is behind a name, which process answers. Messages of one direction are read by one thread;
 * nothing but the number of the process is shared between the two.
 */
final class Conversation {
    private static final int LONGEST_TEXT = 1_000;

    /** Statements by their names, the unnamed one too; for the thread that reads what the client sends. */
    private final Map<String, String> statements = new HashMap<>();

    /** The statements of portals; for the same thread. */
    private final Map<String, String> portals = new HashMap<>();

    private volatile int backend;

    int backend() {
        return backend;
    }

    Message fromClient(Frame frame) {
        String text = switch (frame.type()) {
            case 'Q' -> shortened(frame.text(0));
            case 'P' -> {
                String statement = shortened(frame.text(frame.behindText(0)));
                statements.put(frame.text(0), statement);
                yield statement;
            }
            case 'B' -> {
                String statement = statements.getOrDefault(frame.text(frame.behindText(0)), "");
                portals.put(frame.text(0), statement);
                yield statement;
            }
            case 'E' -> portals.getOrDefault(frame.text(0), "");
            case 'C' -> {
                (frame.at(0) == 'S' ? statements : portals).remove(frame.text(1));
                yield "";
            }
            default -> "";
        };
        return new Message(Direction.TO_SERVER, frame.type(), text, backend);
    }

    Message fromServer(Frame frame) {
        String text = switch (frame.type()) {
            case 'C' -> shortened(frame.text(0));
            case 'E' -> sqlState(frame);
            case 'K' -> {
                backend = frame.integer(0);
                yield "";
            }
            default -> "";
        };
        return new Message(Direction.TO_CLIENT, frame.type(), text, backend);
    }

    /** An error is a list of fields, each a letter and a text. */
    private static String sqlState(Frame error) {
        int at = 0;
        while (error.at(at) != 0) {
            if (error.at(at) == 'C') {
                return error.text(at + 1);
            }
            at = error.behindText(at + 1);
        }
        return "";
    }

    private static String shortened(String text) {
        return text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) : text;
    }
}
