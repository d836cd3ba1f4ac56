package io.tenantshift.dualwrite.fuzz;

import java.util.List;
import java.util.stream.Collectors;

/** Actions that belong together: each for itself, or in one transaction. */
record Block(List<Action> actions, Ending ending) {
    enum Ending {
        AUTOCOMMIT,
        COMMIT,
        ROLLBACK
    }

    @Override
    public String toString() {
        return actions.stream()
                        .map(action -> "      " + action)
                        .collect(Collectors.joining("\n", "    {\n", "\n    } "))
                + ending;
    }
}
