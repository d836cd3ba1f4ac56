package io.tenantshift.shadowread;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/** The counts behind {@link ShadowStatistics} and the meters {@code tenantshift.shadow.*}. Safe for any thread. */
final class ShadowCounters {
    private final LongAdder sampled = new LongAdder();
    private final LongAdder unsuitable = new LongAdder();
    private final LongAdder matched = new LongAdder();
    private final LongAdder noise = new LongAdder();
    private final LongAdder mismatched = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final Map<DropReason, LongAdder> dropped = adders(DropReason.class);
    private final Map<AbandonReason, LongAdder> abandoned = adders(AbandonReason.class);

    void sampled() {
        sampled.increment();
    }

    void unsuitable() {
        unsuitable.increment();
    }

    void dropped(DropReason reason) {
        count(new Verdict.Dropped(reason));
    }

    void count(Verdict verdict) {
        adder(verdict).increment();
    }

    private LongAdder adder(Verdict verdict) {
        if (verdict instanceof Verdict.Dropped let) {
            return of(dropped, let.reason());
        } else if (verdict instanceof Verdict.Abandoned left) {
            return of(abandoned, left.reason());
        } else if (verdict instanceof Verdict.Matched) {
            return matched;
        } else if (verdict instanceof Verdict.Noise) {
            return noise;
        }
        return verdict instanceof Verdict.Mismatched ? mismatched : failed;
    }

    /** The counts now; outcomes are read before {@code sampled}, so that they never exceed it. */
    ShadowStatistics read() {
        Map<DropReason, Long> droppedNow = sums(DropReason.class, dropped);
        Map<AbandonReason, Long> abandonedNow = sums(AbandonReason.class, abandoned);
        long matchedNow = matched.sum();
        long noiseNow = noise.sum();
        long mismatchedNow = mismatched.sum();
        long failedNow = failed.sum();
        return new ShadowStatistics(
                sampled.sum(),
                unsuitable.sum(),
                matchedNow,
                noiseNow,
                mismatchedNow,
                droppedNow,
                abandonedNow,
                failedNow);
    }

    /** Registers the meters and returns them, so that they can be taken out again. */
    List<Meter> register(MeterRegistry registry, String router, ComparisonQueue queue) {
        Tags tags = Tags.of("router", router);
        List<Meter> meters = new ArrayList<>();
        meters.add(counter(registry, "sampled", "Reads picked to be repeated on the other side", tags, sampled));
        meters.add(counter(registry, "unsuitable", "Reads that cannot be repeated", tags, unsuitable));
        meters.add(counter(registry, "matched", "Same rows at once", tags, matched));
        meters.add(counter(registry, "noise", "Other rows at first, the same at one boundary", tags, noise));
        meters.add(counter(registry, "mismatched", "Other rows at one boundary", tags, mismatched));
        meters.add(counter(registry, "failed", "The other side could not be asked", tags, failed));
        dropped.forEach((reason, adder) -> meters.add(
                counter(registry, "dropped", "Picked and not compared", tags.and("reason", label(reason)), adder)));
        abandoned.forEach((reason, adder) -> meters.add(
                counter(registry, "abandoned", "Begun and given up", tags.and("reason", label(reason)), adder)));
        meters.add(Gauge.builder("tenantshift.shadow.pending", queue, ComparisonQueue::pending)
                .description("Reads that wait to be compared")
                .tags(tags)
                .register(registry));
        return meters;
    }

    private static Meter counter(MeterRegistry registry, String name, String description, Tags tags, LongAdder adder) {
        ToDoubleFunction<LongAdder> sum = LongAdder::sum;
        return FunctionCounter.builder("tenantshift.shadow." + name, adder, sum)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private static String label(Enum<?> reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    private static <E extends Enum<E>> Map<E, LongAdder> adders(Class<E> reasons) {
        Map<E, LongAdder> adders = new EnumMap<>(reasons);
        for (E reason : reasons.getEnumConstants()) {
            adders.put(reason, new LongAdder());
        }
        return adders;
    }

    private static <E extends Enum<E>> LongAdder of(Map<E, LongAdder> adders, E reason) {
        LongAdder adder = adders.get(reason);
        if (adder == null) {
            throw new IllegalArgumentException("no counter for " + reason);
        }
        return adder;
    }

    private static <E extends Enum<E>> Map<E, Long> sums(Class<E> reasons, Map<E, LongAdder> adders) {
        Map<E, Long> sums = new EnumMap<>(reasons);
        adders.forEach((reason, adder) -> sums.put(reason, adder.sum()));
        return sums;
    }
}
