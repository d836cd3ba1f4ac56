package io.tenantshift.shadowread;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How two answers differ as multisets of rows; the order of rows counts for nothing. Immutable.
 *
 * @param controlRows rows of the control
 * @param candidateRows rows of the candidate; where reading was cut off, the rows read until then
 * @param onlyControl rows of the control that the candidate lacks
 * @param onlyCandidate rows of the candidate that the control lacks
 * @param columnsDiffer whether number or labels of the columns differ
 */
public record RowDifference(
        int controlRows, int candidateRows, int onlyControl, int onlyCandidate, boolean columnsDiffer) {

    /** The number of rows that differ; a row with another value on each side counts once. */
    public int differingRows() {
        return Math.max(onlyControl, onlyCandidate);
    }

    /** Whether nothing differs. */
    public boolean isEmpty() {
        return onlyControl == 0 && onlyCandidate == 0 && !columnsDiffer;
    }

    static RowDifference between(Rows control, Rows candidate) {
        Map<List<@Nullable String>, Integer> surplus = new HashMap<>();
        for (List<@Nullable String> row : control.values()) {
            surplus.merge(row, 1, Integer::sum);
        }
        for (List<@Nullable String> row : candidate.values()) {
            surplus.merge(row, -1, Integer::sum);
        }
        // Where reading was cut off there is one more row at least.
        int onlyControl = control.cutOff() ? 1 : 0;
        int onlyCandidate = candidate.cutOff() ? 1 : 0;
        for (int count : surplus.values()) {
            onlyControl += Math.max(count, 0);
            onlyCandidate += Math.max(-count, 0);
        }
        boolean labelled = !control.labels().isEmpty() && !candidate.labels().isEmpty();
        return new RowDifference(
                control.values().size(),
                candidate.values().size(),
                onlyControl,
                onlyCandidate,
                labelled && !control.labels().equals(candidate.labels()));
    }
}
