package io.tenantshift.router;

import java.util.Set;

/**
 * Where a tenant in transition is read, written and journaled. The phase that counts stands in the tenant's fence row beside its
 * epoch; a flag can only ask for one.
 *
 * <table>
 * <caption>What each phase means</caption>
 * <tr><th>phase</th><th>authority</th><th>reads</th><th>writes commit on</th><th>journal runs</th><th>shadow reads</th><th>may go to</th></tr>
 * <tr><td>{@link #SOURCE_ONLY}</td><td>source</td><td>source</td><td>source</td><td>no</td><td>no</td><td>{@code DUAL_WRITE}</td></tr>
 * <tr><td>{@link #DUAL_WRITE}</td><td>source</td><td>source</td><td>source</td><td>source to target</td><td>no</td><td>{@code SHADOW_READ}, back to {@code SOURCE_ONLY}</td></tr>
 * <tr><td>{@link #SHADOW_READ}</td><td>source</td><td>source</td><td>source</td><td>source to target</td><td>sampled, on target</td><td>{@code TARGET_PRIMARY}, back to {@code DUAL_WRITE}</td></tr>
 * <tr><td>{@link #TARGET_PRIMARY}</td><td>target</td><td>target</td><td>target</td><td>target to source</td><td>sampled, on source</td><td>{@code TARGET_ONLY}, back to {@code SHADOW_READ}</td></tr>
 * <tr><td>{@link #TARGET_ONLY}</td><td>target</td><td>target</td><td>target</td><td>no</td><td>no</td><td>end</td></tr>
 * </table>
 *
 * Immutable and safe for any thread.
 */
public enum Phase {
    /** The tenant lives on its source; nothing is copied, and whatever was copied before is void. */
    SOURCE_ONLY,
    /** The source has authority; every write is journaled, and the target is being filled. */
    DUAL_WRITE,
    /** As {@link #DUAL_WRITE}, and sampled reads are compared with the target. A gate, not a change of who is written. */
    SHADOW_READ,
    /** The target has authority; every write is journaled back to the source, so that going back loses nothing. */
    TARGET_PRIMARY,
    /** The target has authority and there is no way back. */
    TARGET_ONLY;

    /** Who has authority: answers reads, and is the only side whose commits count. */
    public Side authority() {
        return switch (this) {
            case SOURCE_ONLY, DUAL_WRITE, SHADOW_READ -> Side.SOURCE;
            case TARGET_PRIMARY, TARGET_ONLY -> Side.TARGET;
        };
    }

    /** Whether writes on the authority are captured into its journal for the other side. */
    public boolean journalRuns() {
        return switch (this) {
            case SOURCE_ONLY, TARGET_ONLY -> false;
            case DUAL_WRITE, SHADOW_READ, TARGET_PRIMARY -> true;
        };
    }

    /** Whether sampled reads are repeated on the side without authority. */
    public boolean shadowReads() {
        return this == SHADOW_READ || this == TARGET_PRIMARY;
    }

    /** The phases that one step may lead to. */
    public Set<Phase> next() {
        return switch (this) {
            case SOURCE_ONLY -> Set.of(DUAL_WRITE);
            case DUAL_WRITE -> Set.of(SHADOW_READ, SOURCE_ONLY);
            case SHADOW_READ -> Set.of(TARGET_PRIMARY, DUAL_WRITE);
            case TARGET_PRIMARY -> Set.of(TARGET_ONLY, SHADOW_READ);
            case TARGET_ONLY -> Set.of();
        };
    }

    /**
     * Whether the step to {@code other} changes who is written or journaled, and so must bump the epoch under the tenant's exclusive
     * fence. Between {@link #DUAL_WRITE} and {@link #SHADOW_READ} it does not.
     *
     * @throws IllegalArgumentException if the step is not one of {@link #next()}
     */
    public boolean isFencedStepTo(Phase other) {
        if (!next().contains(other)) {
            throw new IllegalArgumentException(
                    "phase %s may go to %s, not to %s; nothing was changed".formatted(this, next(), other));
        }
        return authority() != other.authority() || journalRuns() != other.journalRuns();
    }

    /** The one step from here towards {@code goal}; this phase if it is the goal or if no step leads there. */
    public Phase stepTowards(Phase goal) {
        int direction = Integer.signum(goal.compareTo(this));
        return next().stream()
                .filter(step -> direction != 0 && Integer.signum(step.compareTo(this)) == direction)
                .findAny()
                .orElse(this);
    }

    /** One of the two shards of a tenant in transition. */
    public enum Side {
        /** Where the older shard map places the tenant. */
        SOURCE,
        /** Where the newer shard map places the tenant. */
        TARGET;

        /** The other side. */
        public Side other() {
            return this == SOURCE ? TARGET : SOURCE;
        }
    }
}
