package io.tenantshift.router.sql;

import io.tenantshift.router.sql.TenantReading.Reach;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads conditions from tokens: takes {@code AND} and {@code OR} apart as PostgreSQL's precedence does and hands comparisons of tenant
 * columns to the {@link TenantReading}. What it does not know restricts nothing. For one thread, while a statement is read.
 */
final class TenantConditions {
    private static final int DEEPEST = 50;
    private final Tokens x;
    private final TenantReading reading;
    private final TenantLiterals literals;

    TenantConditions(Tokens x, TenantReading reading) {
        this.x = x;
        this.reading = reading;
        this.literals = new TenantLiterals(x, reading.type);
    }

    /** Reads the condition in the tokens from {@code from} to before {@code to}, which must be true for the relations in reach. */
    void read(int from, int to, Reach reach) {
        read(from, to, reach, 0);
    }

    private void read(int from, int to, Reach reach, int depth) {
        if (depth > DEEPEST) {
            reading.doubt("a condition is nested too deeply");
            return;
        }
        List<int[]> branches = split("or", from, to);
        for (int[] branch : branches) {
            for (int[] part : split("and", branch[0], branch[1])) {
                conjunct(part[0], part[1], branches.size() > 1 ? reach.none() : reach, depth);
            }
        }
    }

    /** The parts between the words outside brackets and {@code CASE}; an {@code AND} that belongs to {@code BETWEEN} separates nothing. */
    private List<int[]> split(String word, int from, int to) {
        List<int[]> parts = new ArrayList<>(4);
        int begin = from;
        int cases = 0;
        int between = 0;
        for (int t = from; t < to; t = x.past(t)) {
            String keyword = x.keyword(t);
            if (keyword.equals("case")) {
                cases++;
            } else if (keyword.equals("end") && cases > 0) {
                cases--;
            } else if (cases == 0 && keyword.equals("between")) {
                between++;
            } else if (cases == 0 && keyword.equals("and") && between > 0) {
                between--;
            } else if (cases == 0 && keyword.equals(word)) {
                parts.add(new int[] {begin, t});
                begin = t + 1;
            }
        }
        parts.add(new int[] {begin, to});
        return parts;
    }

    private void conjunct(int from, int to, Reach reach, int depth) {
        if (x.isPunctuation(from, '(') && x.partner(from) == to - 1) {
            read(from + 1, to - 1, reach, depth + 1);
            return;
        }
        for (int t = from; t < to; t = x.past(t)) {
            if (x.isOperator(t, "=")) {
                reading.equal(operand(from, t, reach.level()), operand(t + 1, to, reach.level()), reach);
                return;
            }
            if (x.isKeyword(t, "in")) {
                boolean list = x.isPunctuation(t + 1, '(') && x.partner(t + 1) == to - 1;
                if (list && !x.isKeyword(t - 1, "not")) {
                    reading.in(operand(from, t, reach.level()), operands(t + 2, to - 1, reach.level()), reach);
                }
                return;
            }
        }
    }

    /** What one side of a comparison, one item of a list or the source of an assignment is. */
    Operand operand(int from, int to, QueryLevel level) {
        return operand(from, to, level, 0);
    }

    private Operand operand(int from, int to, QueryLevel level, int depth) {
        if (from >= to || depth > DEEPEST) {
            return Operand.OTHER;
        }
        boolean row = x.isWord(from, "row") && x.isPunctuation(from + 1, '(');
        int open = row ? from + 1 : from;
        if (x.isPunctuation(open, '(') && x.partner(open) == to - 1) {
            List<int[]> items = list(open + 1, to - 1);
            if (items.size() == 1 && !row) {
                return operand(open + 1, to - 1, level, depth + 1);
            }
            List<Operand> operands = new ArrayList<>(items.size());
            for (int[] item : items) {
                operands.add(operand(item[0], item[1], level, depth + 1));
            }
            return new Operand.Row(operands);
        }
        TenantValue value = literals.read(from, to);
        return value != null ? Operand.Values.of(value) : column(from, to, level);
    }

    private List<Operand> operands(int from, int to, QueryLevel level) {
        List<Operand> operands = new ArrayList<>();
        for (int[] item : list(from, to)) {
            operands.add(operand(item[0], item[1], level));
        }
        return operands;
    }

    /** The items between commas outside brackets. */
    List<int[]> list(int from, int to) {
        List<int[]> items = new ArrayList<>(4);
        int begin = from;
        for (int t = from; t < to; t = x.past(t)) {
            if (x.isPunctuation(t, ',')) {
                items.add(new int[] {begin, t});
                begin = t + 1;
            }
        }
        items.add(new int[] {begin, to});
        return items;
    }

    private Operand column(int from, int to, QueryLevel level) {
        if (!x.isName(from) || TableScan.endOfName(x, from) != to) {
            return Operand.OTHER;
        }
        String name = x.name(to - 1);
        if (name == null) {
            return Operand.OTHER;
        } else if (to - from == 1) {
            return ReservedWords.NO_NAMES.contains(x.word(from)) ? Operand.OTHER : level.bare(name);
        } else if (to - from == 3) {
            String relation = x.name(from);
            return relation == null ? Operand.OTHER : level.qualified(relation, name);
        }
        TableName table = TableScan.nameAt(x, from, to - 2);
        return table == null ? Operand.OTHER : level.qualified(table, name);
    }

    /**
     * The items of a {@code SET}, of which those count that set the tenant column of the relation at place 0. False if one was not
     * understood.
     */
    boolean assignments(int from, int to, QueryLevel level) {
        for (int[] item : list(from, to)) {
            int equals = item[0];
            while (equals < item[1] && !x.isOperator(equals, "=")) {
                equals = x.past(equals);
            }
            boolean several = x.isPunctuation(item[0], '(');
            List<@Nullable String> columns = several ? names(item[0]) : Collections.singletonList(x.name(item[0]));
            if (equals >= item[1] - 1 || columns.stream().anyMatch(Objects::isNull)) {
                return false;
            }
            Operand source = operand(equals + 1, item[1], level);
            for (int i = 0; i < columns.size(); i++) {
                Operand part = source;
                if (several) {
                    boolean fits =
                            source instanceof Operand.Row row && row.items().size() == columns.size();
                    part = fits ? ((Operand.Row) source).items().get(i) : Operand.OTHER;
                }
                reading.assign(level, columns.get(i), part);
            }
        }
        return true;
    }

    /** The names in the parentheses at {@code open}, each with or without a subscript or field; null for one that cannot be told. */
    List<@Nullable String> names(int open) {
        List<@Nullable String> names = new ArrayList<>();
        for (int[] item : list(open + 1, x.partner(open))) {
            names.add(x.name(item[0]));
        }
        return names;
    }

    /** The items in the parentheses at {@code open} that are a name and nothing else. */
    List<String> plainNames(int open) {
        List<String> names = new ArrayList<>();
        for (int[] item : list(open + 1, x.partner(open))) {
            String name = item[1] - item[0] == 1 ? x.name(item[0]) : null;
            if (name != null) {
                names.add(name);
            }
        }
        return names;
    }
}
