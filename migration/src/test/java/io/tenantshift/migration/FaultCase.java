package io.tenantshift.migration;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * One cell of the fault matrix: what happens, to which side, when, and on which way. Its text names the tenant to whom it happens.
 *
 * @param fault what happens
 * @param leg to which side
 * @param moment when
 * @param direction on which way
 */
record FaultCase(Kind fault, Leg leg, Moment moment, Direction direction) {
    /** What happens. */
    enum Kind {
        /** All sessions of the database are ended by the server, as an operator or a fail-over does it. */
        SESSIONS_ENDED,
        /** All connections to the side are lost, for both ends. */
        CUT,
        /** The clients see the end of their streams; what they send still arrives. */
        HALF_CLOSED,
        /** Nothing goes there or comes from there for a while; then all of it. */
        FROZEN,
        /** The next commit on the side is durable, and its client loses the connection instead of hearing of it. */
        REPLY_LOST,
        /** The server ends at once and is started again. */
        SERVER_RESTARTED,
        /** A process of the server is killed: it ends all sessions and recovers. */
        PROCESS_KILLED;

        boolean isOfServer() {
            return this == SERVER_RESTARTED || this == PROCESS_KILLED;
        }
    }

    /** To which side. */
    enum Leg {
        /** Where the application writes and the lane reads. */
        AUTHORITY,
        /** Where the lane applies. */
        OTHER,
        /** Both, as if they were databases of one server. */
        BOTH
    }

    /** When. The comments say what is durable. */
    enum Moment {
        /** The lane has read its window. */
        WINDOW_READ,
        /** It has written it. */
        BEFORE_LANE_COMMIT,
        /** It is durable, and nobody has been told. */
        AFTER_LANE_COMMIT,
        /** A chunk's snapshot has been taken. */
        CHUNK_BEGUN,
        /** The chunk is written and not committed. */
        CHUNK_WRITTEN,
        /** Nothing is held. */
        BEFORE_3,
        /** The writers are held. */
        AFTER_3,
        /** The journal is drained. */
        AFTER_4,
        /** The other side is {@code ready}. */
        AFTER_5,
        /** The authority is {@code following}, not committed. */
        BEFORE_COMMIT,
        /** The cutover is committed, and no side open. */
        AFTER_6,
        /** The other side is open. */
        AFTER_7;

        boolean isOfLane() {
            return compareTo(CHUNK_BEGUN) < 0;
        }

        boolean isOfChunk() {
            return this == CHUNK_BEGUN || this == CHUNK_WRITTEN;
        }

        /** As a cutover's listener is told. */
        String point() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /** On which way. */
    enum Direction {
        /** From the source to the target. */
        FORWARD,
        /** From the target to the source. */
        BACK
    }

    /** What may come of the cutover that is struck; in all of them all effects are there once and in order, and writers go on. */
    enum Ending {
        /** The authority has moved. */
        CUT_OVER,
        /** Nothing has changed. */
        ABORTED
    }

    /** The expectation. Before the commit of step 6 a fault may be survived or end the attempt, behind it the attempt goes forward. */
    Set<Ending> endings() {
        return moment.compareTo(Moment.BEFORE_COMMIT) <= 0 ? EnumSet.allOf(Ending.class) : EnumSet.of(Ending.CUT_OVER);
    }

    /** The expectation. What befalls the other side while nobody cuts over is none of the clients' business. */
    boolean sparesClients() {
        return leg == Leg.OTHER && (moment.isOfLane() || moment.isOfChunk());
    }

    /** All but these: copies go forward only; networks do not fail on both sides at once, servers do. */
    static Stream<FaultCase> all() {
        return Stream.of(Kind.values())
                .flatMap(fault -> Stream.of(Leg.values())
                        .filter(leg -> fault.isOfServer() || leg != Leg.BOTH)
                        .flatMap(leg -> Stream.of(Moment.values())
                                .flatMap(moment -> Stream.of(Direction.values())
                                        .filter(direction -> !moment.isOfChunk() || direction == Direction.FORWARD)
                                        .map(direction -> new FaultCase(fault, leg, moment, direction)))));
    }

    /**
     * Every fault at every moment, on one of the two ways in turn; what befalls a server at one moment of a lane, of a copy and of a cutover,
     * and there each of the two faults on the way on which the other is not.
     */
    static Stream<FaultCase> some() {
        AtomicInteger turn = new AtomicInteger();
        return all().filter(each -> each.fault.isOfServer()
                ? each.isOfServersSome()
                // Pairs of ways follow each other; of two pairs one gives its first way and the other its second.
                : each.moment.isOfChunk() || List.of(0, 3).contains(turn.getAndIncrement() % 4));
    }

    private boolean isOfServersSome() {
        return switch (moment) {
            case CHUNK_WRITTEN -> leg != Leg.BOTH;
            case BEFORE_LANE_COMMIT, BEFORE_COMMIT ->
                (fault == Kind.SERVER_RESTARTED) == ((leg == Leg.OTHER) == (direction == Direction.FORWARD));
            default -> false;
        };
    }

    @Override
    public String toString() {
        return "%s of %s at %s, %s".formatted(fault, leg, moment, direction);
    }
}
