package io.tenantshift.testkit.history;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Clients at a database that serialises them: which of them does what and when is chance, and so is what they are told. */
final class RandomHistory {
    private static final int CLIENTS = 4;
    private static final int ROWS = 3;

    final History history = new History();
    final Journal journal = new Journal();
    private final Random random;
    private final List<Running> running = new ArrayList<>();
    private int tokens;

    private static final class Running {
        final Operation operation;
        boolean effective;
        boolean told;

        Running(Operation operation) {
            this.operation = operation;
        }
    }

    RandomHistory(int seed, int steps) {
        this.random = new Random(seed);
        for (int row = 0; row < ROWS; row++) {
            String token = "first" + row;
            Operation put = history.begin("the beginning", Effect.put("r" + row, token));
            journal.take(put);
            put.ok();
        }
        for (int i = 0; i < steps; i++) {
            step();
        }
        for (Running each : running) {
            if (!each.told) {
                tell(each);
            }
        }
    }

    private void step() {
        long atWork = running.stream().filter(each -> !each.told).count();
        if (atWork < CLIENTS && random.nextInt(3) == 0) {
            running.add(new Running(history.begin("client " + random.nextInt(CLIENTS), effects())));
            return;
        }
        if (running.isEmpty()) {
            return;
        }
        Running one = running.get(random.nextInt(running.size()));
        if (!one.effective && random.nextBoolean()) {
            takeEffect(one);
        } else if (!one.told) {
            tell(one);
        } else if (one.effective) {
            running.remove(one);
        }
    }

    /** As late as it likes, if its client has been told nothing certain. */
    private void takeEffect(Running one) {
        boolean possible = one.operation.effects().stream()
                .allMatch(effect -> effect.kind() == Effect.Kind.PUT || journal.has(effect.row()));
        if (possible && !one.operation.isFailed()) {
            journal.take(one.operation);
            one.effective = true;
        }
    }

    private void tell(Running one) {
        one.told = true;
        if (random.nextInt(5) == 0) {
            one.operation.unknown();
        } else if (one.effective) {
            one.operation.ok();
        } else {
            one.operation.failed();
        }
    }

    private Effect[] effects() {
        Set<Integer> rows = new LinkedHashSet<>();
        rows.add(random.nextInt(ROWS));
        rows.add(random.nextInt(ROWS));
        return rows.stream().map(row -> effect("r" + row)).toArray(Effect[]::new);
    }

    private Effect effect(String row) {
        return switch (random.nextInt(5)) {
            case 0 -> Effect.delete(row);
            case 1, 2 -> Effect.append(row, "t" + ++tokens);
            default -> Effect.put(row, "t" + ++tokens);
        };
    }
}
