package io.tenantshift.shadowread;

import io.tenantshift.shadowread.SqlWords.Kind;
import io.tenantshift.shadowread.SqlWords.Word;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The {@code LIMIT}, {@code OFFSET} and {@code FETCH} of a text.
 *
 * @param isClear whether they stand behind an {@code ORDER BY} of the whole text, with one number or parameter each
 * @param limit the number of rows, null if there is only an offset
 * @param offset the number of rows to leave out, null if there is none
 * @param fetch whether the limit is written as {@code FETCH}
 */
record LimitClause(
        boolean isClear, @Nullable Word limit, @Nullable Word offset, boolean fetch) {
    private static final LimitClause UNCLEAR = new LimitClause(false, null, null, false);

    /** Null if the text has none of them. */
    static @Nullable LimitClause of(List<Word> words) {
        int first = -1;
        boolean ordered = false;
        for (int i = 0; i < words.size() && first < 0; i++) {
            Word word = words.get(i);
            boolean begins = word.is("limit") || word.is("offset") || word.is("fetch");
            if (begins && (i == 0 || !words.get(i - 1).isSymbol('.'))) {
                first = i;
            }
            ordered |= word.is("order") && word.depth() == 0;
        }
        if (first < 0) {
            return null;
        }
        return ordered ? read(words, first) : UNCLEAR;
    }

    private static LimitClause read(List<Word> words, int first) {
        Word limit = null;
        Word offset = null;
        boolean fetch = false;
        int i = first;
        while (i < words.size()) {
            Word word = words.get(i);
            if (word.depth() > 0) {
                return UNCLEAR;
            } else if (word.is("limit") && limit == null && isNumber(words, i + 1)) {
                limit = words.get(i + 1);
                i += 2;
            } else if (word.is("offset") && offset == null && isNumber(words, i + 1)) {
                offset = words.get(i + 1);
                i += isRows(words, i + 2) ? 3 : 2;
            } else if (word.is("fetch")
                    && limit == null
                    && isNumber(words, i + 2)
                    && isRows(words, i + 3)
                    && isWord(words, i + 4, "only")) {
                fetch = true;
                limit = words.get(i + 2);
                i += 5;
            } else {
                return UNCLEAR;
            }
        }
        return new LimitClause(true, limit, offset, fetch);
    }

    String widened(String sql, int rows) {
        StringBuilder text = new StringBuilder(sql);
        String wide = "greatest(%s, " + rows + ")";
        if (limit != null && offset != null && limit.start() < offset.start()) {
            replace(text, offset, "least(%s, 0)");
            replace(text, limit, fetch ? "(" + wide + ")" : wide);
        } else {
            replace(text, limit, fetch ? "(" + wide + ")" : wide);
            replace(text, offset, "least(%s, 0)");
        }
        return text.toString();
    }

    private static void replace(StringBuilder text, @Nullable Word word, String by) {
        if (word != null) {
            text.replace(word.start(), word.end(), by.formatted(word.text()));
        }
    }

    private static boolean isNumber(List<Word> words, int i) {
        return i < words.size()
                && (words.get(i).kind() == Kind.NUMBER || words.get(i).kind() == Kind.PARAMETER);
    }

    private static boolean isRows(List<Word> words, int i) {
        return isWord(words, i, "rows") || isWord(words, i, "row");
    }

    private static boolean isWord(List<Word> words, int i, String word) {
        return i < words.size() && words.get(i).is(word);
    }
}
