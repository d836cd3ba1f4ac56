package io.tenantshift.shadowread;

import java.util.Map;

/**
 * What has become of the reads of tenants with shadow reads, since the start. When nothing is under way,
 * {@code sampled = compared + dropped + abandoned + failed}.
 *
 * @param sampled reads chosen by chance whose answer can be compared
 * @param unsuitable reads chosen by chance that were not sampled: their text does not promise the same answer twice
 * @param matched both sides gave the same rows
 * @param noise the answers differed, and were the same when both sides were read at one boundary: explained by lag or by writes
 * @param mismatched the answers differed at one boundary too: unexplained
 * @param droppedFor reads that were let go before they were compared, by reason; every reason is there
 * @param abandonedFor reads that came to no verdict, by reason; every reason is there
 * @param failed reads that could not be repeated, because a side or the lane was not there, too slow or gave an error
 */
public record ShadowStatistics(
        long sampled,
        long unsuitable,
        long matched,
        long noise,
        long mismatched,
        Map<DropReason, Long> droppedFor,
        Map<AbandonReason, Long> abandonedFor,
        long failed) {
    public ShadowStatistics {
        droppedFor = Map.copyOf(droppedFor);
        abandonedFor = Map.copyOf(abandonedFor);
    }

    /** Reads that came to a verdict. */
    public long compared() {
        return matched + noise + mismatched;
    }

    /** Reads that were let go before they were compared. */
    public long dropped() {
        return droppedFor.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The reads dropped for one reason. */
    public long dropped(DropReason reason) {
        return droppedFor.getOrDefault(reason, 0L);
    }

    /** Reads that came to no verdict. */
    public long abandoned() {
        return abandonedFor.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The reads abandoned for one reason. */
    public long abandoned(AbandonReason reason) {
        return abandonedFor.getOrDefault(reason, 0L);
    }
}
