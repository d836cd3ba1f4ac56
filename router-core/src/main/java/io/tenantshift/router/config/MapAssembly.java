package io.tenantshift.router.config;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.WatchedFileShardMap;
import io.tenantshift.router.config.Value.Items;
import io.tenantshift.router.config.Value.Scalar;
import io.tenantshift.router.config.Value.Section;
import io.tenantshift.router.spi.ShardMapSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes the shard map, or what watches it, from its section. Not safe for concurrent use. */
final class MapAssembly {
    private static final List<String> WAYS =
            List.of("everyone", "spread", "slots", "document", "documentFile", "watchedFile", "source");
    private static final Pattern RANGE = Pattern.compile("([0-9]{1,9})(?:-([0-9]{1,9}))?");

    private final Section section;
    private final Path directory;
    private final Findings findings;

    MapAssembly(Section section, Path directory, Findings findings) {
        this.section = section;
        this.directory = directory;
        this.findings = findings;
    }

    /** Who knows the map; null if something is wrong with it, which is reported. */
    @Nullable
    MapOrigin assemble(Set<String> shards) {
        List<String> ways = WAYS.stream().filter(section::has).toList();
        if (ways.size() != 1) {
            findings.add(
                    section.place(),
                    (ways.isEmpty()
                                    ? "shardMap has none of %s; one must be set"
                                    : "shardMap has %2$s; one of %1$s may be set")
                            .formatted(WAYS, ways));
            return null;
        }
        String way = ways.get(0);
        if (way.equals("watchedFile") || way.equals("source")) {
            refuseBeside(way);
            return way.equals("source") ? named() : watched(shards);
        }
        if (!section.has("version")) {
            section.fill("version", Scalar.standard(1L));
        }
        Scalar version = section.scalar("version");
        if (version == null || section.get(way) instanceof Value.Wrong) {
            return null;
        }
        long number = (Long) version.value();
        ShardMap map = way.startsWith("document") ? document(way, number, shards) : slots(way, number);
        return map == null ? null : MapOrigin.of(ShardMapSource.always(map));
    }

    private void refuseBeside(String way) {
        for (String other : List.of("version", "tenants")) {
            if (section.has(other)) {
                findings.add(
                        section.keyPlace(other),
                        "shardMap.%s may not be set beside %s, which says it itself".formatted(other, way));
            }
        }
    }

    private @Nullable MapOrigin named() {
        Named<ShardMapSource> source =
                new NamedClasses(findings).in(section, "source", "shardMap", ShardMapSource.class);
        return source == null ? null : creation -> creation.of(source);
    }

    private @Nullable MapOrigin watched(Set<String> shards) {
        Place at = section.keyPlace("watchedFile");
        String written = section.text("watchedFile");
        Path file = written == null
                ? null
                : new NamedFiles(directory, findings).readable(written, at, "shardMap.watchedFile");
        if (file == null) {
            return null;
        }
        WatchedFileShardMap source = new WatchedFileShardMap(file);
        try {
            refuseUnknown("watchedFile", at, source.current(), shards);
        } catch (IllegalStateException e) {
            findings.add(at, "shardMap.watchedFile: %s".formatted(e.getMessage()));
        }
        return MapOrigin.of(source);
    }

    private void refuseUnknown(String way, Place at, ShardMap map, Set<String> shards) {
        Set<String> unknown = new TreeSet<>(map.shards());
        unknown.removeAll(shards);
        if (!unknown.isEmpty() && !shards.isEmpty()) {
            findings.add(at, "shardMap.%s names the shards %s, which are not among %s".formatted(way, unknown, shards));
        }
    }

    private @Nullable ShardMap document(String way, long version, Set<String> shards) {
        Place at = section.keyPlace(way);
        if (section.has("tenants")) {
            findings.add(
                    section.keyPlace("tenants"),
                    "shardMap.tenants may not be set beside %s, which pins tenants itself".formatted(way));
        }
        String text = section.text(way);
        if (text == null) {
            return null;
        }
        String document = way.equals("document")
                ? text
                : new NamedFiles(directory, findings).text(text, at, "shardMap.documentFile");
        if (document == null) {
            return null;
        }
        try {
            ShardMap map = ShardMap.parse(version, document);
            refuseUnknown(way, at, map, shards);
            return map;
        } catch (IllegalArgumentException e) {
            findings.add(at, "shardMap.%s: %s".formatted(way, e.getMessage()));
            return null;
        }
    }

    private @Nullable ShardMap slots(String way, long version) {
        ShardMap.Builder builder = ShardMap.version(version);
        @Nullable String[] taken = new String[ShardMap.SLOTS];
        boolean whole = switch (way) {
            case "everyone" -> {
                builder.slots(0, ShardMap.SLOTS - 1, shardIn(section, way));
                yield true;
            }
            case "spread" -> spread(builder);
            default -> ranges(builder, taken);
        };
        Section tenants = section.section("tenants");
        if (tenants != null) {
            for (String tenant : tenants.names()) {
                if (tenants.scalar(tenant) != null) {
                    builder.pin(tenant, shardIn(tenants, tenant));
                }
            }
        }
        try {
            return whole ? builder.build() : null;
        } catch (IllegalArgumentException e) {
            findings.add(section.place(), "shardMap: %s".formatted(e.getMessage()));
            return null;
        }
    }

    private static String shardIn(Section of, String key) {
        String shard = of.text(key);
        return shard == null ? "" : shard;
    }

    private boolean spread(ShardMap.Builder builder) {
        Items items = section.items("spread");
        List<Scalar> shards = items == null ? List.of() : items.of(Scalar.class);
        if (items == null || shards.size() < items.all().size()) {
            return false;
        }
        Set<String> seen = new TreeSet<>();
        boolean whole = true;
        for (int i = 0; i < shards.size(); i++) {
            String shard = shards.get(i).text();
            if (!seen.add(shard)) {
                findings.add(
                        shards.get(i).place(),
                        "shardMap.spread names the shard %s twice"
                                .formatted(shards.get(i).shown()));
                whole = false;
            }
            builder.slots(ShardMap.SLOTS * i / shards.size(), ShardMap.SLOTS * (i + 1) / shards.size() - 1, shard);
        }
        return whole;
    }

    private boolean ranges(ShardMap.Builder builder, @Nullable String[] taken) {
        Section ranges = section.section("slots");
        if (ranges == null) {
            return false;
        }
        boolean whole = true;
        for (String range : ranges.names()) {
            whole &= range(builder, taken, ranges, range);
        }
        int uncovered = 0;
        int first = -1;
        for (int slot = 0; slot < taken.length; slot++) {
            if (taken[slot] == null) {
                uncovered++;
                first = first < 0 ? slot : first;
            }
        }
        if (whole && uncovered > 0) {
            findings.add(
                    section.keyPlace("slots"),
                    "shardMap.slots leaves %d of %d slots on no shard, the first is %d"
                            .formatted(uncovered, ShardMap.SLOTS, first));
        }
        return whole && uncovered == 0;
    }

    private boolean range(ShardMap.Builder builder, @Nullable String[] taken, Section ranges, String range) {
        Place at = ranges.keyPlace(range);
        Matcher bounds = RANGE.matcher(range);
        int from = bounds.matches() ? Integer.parseInt(bounds.group(1)) : -1;
        int to = from < 0 || bounds.group(2) == null ? from : Integer.parseInt(bounds.group(2));
        if (from < 0 || to < from || to >= ShardMap.SLOTS) {
            findings.add(
                    at,
                    "shardMap.slots.%s is no range of slots within 0-%d, such as 0-2047"
                            .formatted(range, ShardMap.SLOTS - 1));
            return false;
        }
        if (ranges.scalar(range) == null) {
            return false;
        }
        for (int slot = from; slot <= to; slot++) {
            if (taken[slot] != null) {
                findings.add(
                        at,
                        "shardMap.slots.%s: slot %d is in the range %s already".formatted(range, slot, taken[slot]));
                return false;
            }
        }
        for (int slot = from; slot <= to; slot++) {
            taken[slot] = range;
        }
        builder.slots(from, to, shardIn(ranges, range));
        return true;
    }
}
