package io.tenantshift.testkit.fault;

import java.util.Locale;

/**
 * One message of the PostgreSQL protocol, as far as it helps to recognise a moment.
 *
 * @param direction which way it goes
 * @param type its first byte: {@code Q} and so on; 0 for the one that begins a connection. The same letter means different things in the
 *     two directions
 * @param text of the client's Parse, Query, Bind and Execute the statement; of the server's CommandComplete the tag, of its ErrorResponse
 *     the SQLState; else empty. At most 1,000 characters
 * @param backend the number of the server process, as {@code pg_backend_pid()} gives it; 0 until the server has told it
 */
public record Message(Direction direction, char type, String text, int backend) {

    /** The client asks for a commit, by the one word: it has not reached the server yet. */
    public boolean isCommit() {
        return direction == Direction.TO_SERVER && (type == 'Q' || type == 'E') && isTheWord(text);
    }

    /** The server says that a transaction that was begun has been committed: it is durable, and the client does not know it yet. */
    public boolean isCommitReply() {
        return direction == Direction.TO_CLIENT && type == 'C' && text.equals("COMMIT");
    }

    private static boolean isTheWord(String statement) {
        String word = statement.strip().toLowerCase(Locale.ROOT);
        return word.equals("commit") || word.equals("commit;");
    }
}
