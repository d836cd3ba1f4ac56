package io.tenantshift.shadowread;

import io.tenantshift.router.sql.SqlAnalyzer;
import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.StatementKind;
import io.tenantshift.shadowread.SqlWords.Kind;
import io.tenantshift.shadowread.SqlWords.Word;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a text says about whether its answer can be compared. Immutable.
 *
 * <p><b>The rule.</b> A read is repeatable if its answer is a multiset that follows from the rows that it reads and from its parameters
 * alone. What cannot be told from the words is not repeatable:
 * <ol>
 *   <li>one {@code SELECT}, {@code WITH}, {@code VALUES} or {@code TABLE} that {@link SqlAnalyzer} knows for a read without locks, in words
 *       that we can cut;
 *   <li>every function is on the list {@link #FUNCTIONS}. So {@code now()}, {@code random()}, {@code nextval}, generated UUIDs, and all
 *       functions that we do not know, the user's own included, are out; likewise {@code CURRENT_TIMESTAMP} and its kin, and strings
 *       that PostgreSQL could read as a time that passes ({@code 'now'}, {@code 'today'});
 *   <li>nothing that depends on where rows lie: {@code array_agg} and other ordered aggregates, window functions, {@code DISTINCT ON},
 *       {@code TABLESAMPLE}, {@code ctid} and other system columns;
 *   <li>nothing about the database instead of its rows: catalogs, {@code CURRENT_USER};
 *   <li>{@code LIMIT}, {@code OFFSET} and {@code FETCH} only at the end of the whole text, with one number or parameter each, behind an
 *       {@code ORDER BY}. Rows that tie in the order may still be chosen differently by either side; then the answer of {@link #widened}
 *       decides.
 * </ol>
 *
 * <p>Not seen: what hides in views, in operators, casts and policies of the user's own, in {@code 'now'} bound as a parameter, and in
 * floating point sums that are compared or cast inside the text.
 */
record ReadText(
        @Nullable String unsuitable,
        String redacted,
        boolean sums,
        @Nullable LimitClause limit) {
    /** Functions whose result follows from their arguments, or from a multiset of them. */
    static final Set<String> FUNCTIONS = Set.of(("count sum avg min max bool_and bool_or every bit_and bit_or "
                    + "coalesce nullif greatest least lower upper length char_length character_length octet_length bit_length "
                    + "trim btrim ltrim rtrim substring substr left right replace position strpos concat concat_ws split_part "
                    + "overlay lpad rpad repeat reverse initcap md5 starts_with translate ascii chr encode decode "
                    + "abs ceil ceiling floor round trunc mod div power sqrt sign cast extract date_part date_trunc make_date "
                    + "cardinality array_length array_position array_to_string array_append array_cat unnest generate_series "
                    + "jsonb_array_length jsonb_typeof jsonb_extract_path jsonb_extract_path_text jsonb_array_elements "
                    + "jsonb_array_elements_text jsonb_object_keys jsonb_build_object jsonb_build_array to_jsonb to_json "
                    + "row_to_json")
            .split(" "));

    /** Words of the grammar, and types with a modifier, that may stand before an opening parenthesis. */
    private static final Set<String> BEFORE_PARENTHESIS = Set.of(
            ("select with materialized as values distinct all from only lateral join on using where and or not in exists any some "
                            + "array row case when then else between like ilike is by having filter union intersect except cube rollup "
                            + "sets order numeric decimal varchar char character varying bit float time timetz timestamp timestamptz interval")
                    .split(" "));

    private static final Set<String> FIRST = Set.of("select", "with", "values", "table");

    private static final Set<String> REFUSED_WORDS =
            Set.of(("over window tablesample current_date current_time current_timestamp localtime "
                            + "localtimestamp current_user current_role current_catalog current_schema session_user system_user user")
                    .split(" "));

    /** Refused behind a dot and in quotes too. */
    private static final Set<String> REFUSED_NAMES =
            Set.of("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "information_schema", "tenantshift");

    private static final Pattern PASSING_TIME =
            Pattern.compile("\\b(now|today|tomorrow|yesterday)\\b", Pattern.CASE_INSENSITIVE);

    static ReadText of(String sql) {
        List<Word> words = SqlWords.of(sql);
        LimitClause limit = LimitClause.of(words);
        String unsuitable = words.isEmpty() ? "cannot be cut into words" : unsuitable(sql, words);
        if (unsuitable == null && limit != null && !limit.isClear()) {
            unsuitable = "has a LIMIT, OFFSET or FETCH that is not at its end behind an ORDER BY";
        }
        boolean sums = words.stream().anyMatch(word -> word.is("sum") || word.is("avg"));
        return new ReadText(unsuitable, redacted(sql, words), sums, limit);
    }

    boolean isRepeatable() {
        return unsuitable == null;
    }

    /**
     * The text with its {@code LIMIT} at {@code rows} at least and no {@code OFFSET}, the parameters in the same places; null if it has no
     * limit. If both sides give the same to this, then the same rows compete for the limit on both.
     */
    @Nullable
    String widened(String sql, int rows) {
        return limit == null ? null : limit.widened(sql, rows);
    }

    private static @Nullable String unsuitable(String sql, List<Word> words) {
        Word first =
                words.stream().filter(word -> !word.isSymbol('(')).findFirst().orElse(words.get(0));
        if (first.kind() != Kind.WORD || !FIRST.contains(first.text())) {
            return "is not a query";
        }
        SqlFacts facts = SqlAnalyzer.analyze(sql);
        if (facts.kind() != StatementKind.READ || !facts.sure() || facts.touchesSession() || facts.jdbcEscape()) {
            return "is not only a read";
        }
        for (int i = 0; i < words.size(); i++) {
            String reason = unsuitable(words, i);
            if (reason != null) {
                return reason;
            }
        }
        return null;
    }

    private static @Nullable String unsuitable(List<Word> words, int i) {
        Word word = words.get(i);
        boolean called = i + 1 < words.size() && words.get(i + 1).isSymbol('(');
        boolean qualified = i > 0 && words.get(i - 1).isSymbol('.');
        return switch (word.kind()) {
            case STRING ->
                PASSING_TIME.matcher(word.text()).find() ? "has a string that may stand for a time that passes" : null;
            case NUMBER, PARAMETER, SYMBOL -> null;
            case QUOTED ->
                called ? "calls a function that is not known" : name(word.text().replace("\"", ""));
            case WORD -> {
                if (called && (qualified || !isKnownBeforeParenthesis(word.text()))) {
                    yield "calls a function that is not known";
                } else if (!qualified && REFUSED_WORDS.contains(word.text())) {
                    yield "says " + word.text();
                } else if (word.is("distinct")
                        && i + 1 < words.size()
                        && words.get(i + 1).is("on")) {
                    yield "says DISTINCT ON";
                }
                yield name(word.text());
            }
        };
    }

    private static @Nullable String name(String name) {
        return REFUSED_NAMES.contains(name) || name.startsWith("pg_") ? "names " + name : null;
    }

    private static boolean isKnownBeforeParenthesis(String word) {
        return FUNCTIONS.contains(word) || BEFORE_PARENTHESIS.contains(word);
    }

    private static String redacted(String sql, List<Word> words) {
        if (words.isEmpty()) {
            return "(a text that cannot be cut into words)";
        }
        StringBuilder text = new StringBuilder(sql.length());
        int end = words.get(0).start();
        for (Word word : words) {
            boolean literal = word.kind() == Kind.STRING || word.kind() == Kind.NUMBER;
            text.append(word.start() > end ? " " : "").append(literal ? "?" : sql.substring(word.start(), word.end()));
            end = word.end();
        }
        return text.toString();
    }
}
