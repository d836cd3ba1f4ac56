package io.tenantshift.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.history.View.Row;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Small histories of one row, whose possible outcomes are found by trying every order: the checker accepts these and no others. */
final class ExactnessTest {
    private static final int HISTORIES = 400;
    private static final int MOST = 5;
    private static final String ROW = "r";

    private final Random random = new Random(7);

    @Test
    void theCheckerAcceptsWhatSomeOrderExplainsAndNothingElse() {
        int accepted = 0;
        int rejected = 0;
        for (int i = 0; i < HISTORIES; i++) {
            History history = new History();
            List<Operation> operations = operations(history);
            Set<List<String>> possible = new HashSet<>();
            explore(new ArrayList<>(operations), List.of(), possible);
            for (List<String> outcome : outcomes(operations)) {
                List<Row> rows = outcome.isEmpty() ? List.of() : List.of(new Row(ROW, outcome));
                List<Finding> findings = history.check(new View("source", rows));
                assertThat(findings.isEmpty())
                        .as("history %d: %s with outcome %s: %s", i, operations, outcome, findings)
                        .isEqualTo(possible.contains(outcome));
                if (findings.isEmpty()) {
                    accepted++;
                } else {
                    rejected++;
                }
            }
        }
        assertThat(accepted).isGreaterThan(HISTORIES);
        assertThat(rejected).isGreaterThan(HISTORIES);
    }

    /** Overlapping at random. Either puts and deletes, or puts and appends: an append needs a row. */
    private List<Operation> operations(History history) {
        List<Operation> all = new ArrayList<>();
        Operation first = history.begin("the beginning", Effect.put(ROW, "a"));
        first.ok();
        all.add(first);
        boolean deletes = random.nextBoolean();
        List<Operation> open = new ArrayList<>();
        int left = 1 + random.nextInt(MOST);
        while (left > 0 || !open.isEmpty()) {
            if (left > 0 && (open.isEmpty() || random.nextBoolean())) {
                String token = "t" + left--;
                Effect other = deletes ? Effect.delete(ROW) : Effect.append(ROW, token);
                open.add(history.begin("client", random.nextInt(3) == 0 ? Effect.put(ROW, token) : other));
            } else {
                Operation operation = open.remove(random.nextInt(open.size()));
                switch (random.nextInt(6)) {
                    case 0 -> operation.failed();
                    case 1 -> operation.unknown();
                    default -> operation.ok();
                }
                all.add(operation);
            }
        }
        return all;
    }

    /** All orders that real time allows, with those of unknown outcome or without them. */
    private static void explore(List<Operation> left, List<String> value, Set<List<String>> outcomes) {
        if (left.stream().noneMatch(Operation::isOk)) {
            outcomes.add(value);
        }
        for (Operation next : left) {
            boolean first = left.stream().noneMatch(other -> other.isOk() && other.isBefore(next));
            if (first && !next.isFailed()) {
                List<Operation> rest = new ArrayList<>(left);
                rest.remove(next);
                explore(rest, after(value, next.effects().get(0)), outcomes);
            }
        }
    }

    private static List<String> after(List<String> value, Effect effect) {
        return switch (effect.kind()) {
            case PUT -> List.of(effect.token());
            case APPEND -> {
                List<String> longer = new ArrayList<>(value);
                longer.add(effect.token());
                yield longer;
            }
            case DELETE -> List.of();
        };
    }

    /** Some that may be and some that may not: sequences of the tokens that were written. */
    private List<List<String>> outcomes(List<Operation> operations) {
        List<String> tokens = operations.stream()
                .map(operation -> operation.effects().get(0))
                .filter(effect -> effect.kind() != Effect.Kind.DELETE)
                .map(Effect::token)
                .toList();
        List<List<String>> all = new ArrayList<>();
        all.add(List.of());
        tokens.forEach(token -> all.add(List.of(token)));
        for (int i = 0; i < 60; i++) {
            List<String> some = new ArrayList<>();
            for (String token : tokens) {
                if (random.nextInt(3) > 0) {
                    some.add(random.nextInt(3) == 0 ? 0 : some.size(), token);
                }
            }
            all.add(some);
        }
        return all;
    }
}
