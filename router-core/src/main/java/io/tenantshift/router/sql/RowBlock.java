package io.tenantshift.router.sql;

import org.jspecify.annotations.Nullable;

/**
 * The rows of an {@code INSERT … VALUES}, which may stand there more than once: so one statement does the work of several. Immutable.
 *
 * @param start offset of the first row's opening bracket
 * @param end offset after the last row's closing one
 * @param parameters how many parameters the rows have; the statement has no others
 */
public record RowBlock(int start, int end, int parameters) {
    /** The rows of the statement; null if it is another kind of statement, returns rows, or has parameters elsewhere too. */
    public static @Nullable RowBlock of(String sql, SqlFacts facts) {
        Modification modification = facts.modification();
        if (facts.kind() != StatementKind.INSERT
                || !facts.sure()
                || facts.leadingWith()
                || facts.jdbcEscape()
                || modification == null
                || !modification.returning().isEmpty()) {
            return null;
        }
        Tokens x = SqlLexer.scan(sql);
        int values = 0;
        while (values < x.size() && !x.isKeyword(values, "values")) {
            values = x.past(values);
        }
        int last = values + 1;
        while (x.isPunctuation(last, '(')
                && x.isPunctuation(x.past(last), ',')
                && x.isPunctuation(x.past(last) + 1, '(')) {
            last = x.past(last) + 1;
        }
        if (!x.isPunctuation(last, '(')) {
            return null;
        }
        RowBlock block = new RowBlock(x.start(values + 1), x.end(x.partner(last)), facts.parameterCount());
        for (int t = 0; t < x.size(); t++) {
            boolean inside = x.start(t) >= block.start && x.end(t) <= block.end;
            if (x.isType(t, Tokens.Type.PARAMETER) && !inside) {
                return null;
            }
        }
        return block;
    }

    /** The statement that was made of the one with this block, with the block so many times; null if it does not hold the block whole. */
    public @Nullable Composed repeated(Composed composed, int times) {
        for (Composed.Part part : composed.parts()) {
            if (part.from() <= start && part.from() + part.length() >= end) {
                int begin = part.at() + start - part.from();
                int after = part.at() + end - part.from();
                String text = composed.text();
                String rows = text.substring(begin, after);
                return new Composed(
                        text.substring(0, after) + (", " + rows).repeat(times - 1) + text.substring(after),
                        // Behind the first block the positions are those of no statement of the caller's.
                        composed.parts().stream()
                                .filter(other -> other.at() <= part.at())
                                .map(other -> other.equals(part)
                                        ? new Composed.Part(part.at(), part.from(), end - part.from())
                                        : other)
                                .toList());
            }
        }
        return null;
    }
}
