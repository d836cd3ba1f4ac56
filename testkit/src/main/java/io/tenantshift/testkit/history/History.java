package io.tenantshift.testkit.history;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What clients asked a database for, and what they were told: enough to judge afterwards whether every acknowledged write is there once
 * and in order, whatever was killed or cut meanwhile.
 *
 * <pre>{@code
 * Operation write = history.begin("client 1", Effect.put("row 7", "v123"));
 * try {
 *     ... // the transaction
 *     write.ok();
 * } catch (SQLException e) {
 *     write.unknown(); // or failed(), if no commit had been asked for
 * }
 * assertThat(history.check(source, target)).isEmpty();
 * }</pre>
 *
 * <p>The model: each transaction takes effect at one moment between its invocation and its completion. One whose outcome is unknown may
 * have taken effect or not, and if so at any moment since its invocation. What the rows show must follow from some such order, for each row
 * by itself, and two transactions that share rows must follow each other in the same way on all of them.
 *
 * <p>No false alarms: what is found is impossible in the model. Not seen are: what a later write has covered, unless rows are appended to or the
 * view has a log; wrong order among writes that overlapped in time, if nothing shows both; effects that two views lack alike; cycles
 * through three transactions and more; and reads, which are not recorded.
 *
 * <p>Safe for any thread.
 */
public final class History {
    private final List<Operation> operations = new ArrayList<>();
    private final Set<String> tokens = new HashSet<>();
    private long ticks;

    /** A row that is there before the first client begins, with its value. */
    public synchronized void initially(String row, String token) {
        begin("the beginning", Effect.put(row, token)).ok();
    }

    /**
     * A client is about to ask for this.
     *
     * @param effects one for each row, at least one
     */
    public synchronized Operation begin(String client, Effect... effects) {
        Set<String> rows = new HashSet<>();
        for (Effect effect : effects) {
            if (!rows.add(effect.row())) {
                throw new IllegalArgumentException("two effects on row " + effect.row() + " in one transaction");
            }
            if (effect.kind() != Effect.Kind.DELETE && !tokens.add(effect.token())) {
                throw new IllegalArgumentException("token " + effect.token() + " has been used before: " + effect);
            }
        }
        Operation operation = new Operation(this, operations.size(), client, List.of(effects), tick());
        operations.add(operation);
        return operation;
    }

    /**
     * Compares what there is with what may be there. Call it when all clients have ended and nothing is on its way.
     *
     * @param views one, or several of the same rows, which must then be equal
     * @return empty if all is well
     */
    public synchronized List<Finding> check(View... views) {
        return new Check(List.copyOf(operations), List.of(views)).findings();
    }

    /** How many transactions have been begun. */
    public synchronized int size() {
        return operations.size();
    }

    /** The next moment; under this object's lock. */
    long tick() {
        return ++ticks;
    }
}
