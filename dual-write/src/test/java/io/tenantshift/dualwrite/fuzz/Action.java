package io.tenantshift.dualwrite.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One thing that an application does on its connection. */
sealed interface Action {
    /** How a statement is made and executed. */
    enum Call {
        EXECUTE,
        UPDATE,
        QUERY,
        BATCH
    }

    /** Which generated keys are asked for. */
    enum Keys {
        NONE,
        ALL,
        /** By column index, which the driver does not do. */
        INDEXES,
        NAMES
    }

    /** What is done with savepoints. */
    enum Savepoints implements Action {
        SET,
        ROLL_BACK_TO,
        RELEASE
    }

    /**
     * A statement, executed once or more.
     *
     * @param prepared whether it is a prepared one; then each execution has parameters of its own
     * @param ordered whether the order of the rows that it returns is a promise
     * @param keyColumns for {@link Keys#NAMES}
     */
    record Statement(
            List<Part> parts,
            boolean prepared,
            Call call,
            Keys keys,
            List<String> keyColumns,
            int executions,
            int maxRows,
            boolean ordered)
            implements Action {
        String sql() {
            return parts.stream().map(Part::text).collect(Collectors.joining());
        }

        /** The parameters of one execution. */
        List<@Nullable Object> parameters(int execution) {
            List<@Nullable Object> values = new ArrayList<>();
            for (Part part : parts) {
                for (List<@Nullable Object> ofPlaceholder : part.parameters()) {
                    values.add(ofPlaceholder.get(execution));
                }
            }
            return values;
        }

        Statement with(List<Part> otherParts, int otherExecutions) {
            return new Statement(otherParts, prepared, call, keys, keyColumns, otherExecutions, maxRows, ordered);
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(prepared ? "prepared " : "").append(call);
            if (keys != Keys.NONE) {
                text.append(" keys ").append(keys).append(keyColumns);
            }
            text.append(executions > 1 ? " x" + executions : "").append(maxRows > 0 ? " maxRows " + maxRows : "");
            text.append(": ").append(sql());
            for (int e = 0; prepared && e < executions; e++) {
                text.append("\n        with ").append(Rendering.values(parameters(e)));
            }
            return text.toString();
        }
    }
}
