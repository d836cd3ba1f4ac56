package io.tenantshift.router;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Says on which shard each tenant lives: {@value #SLOTS} slots, each on a shard, and a directory of tenants pinned to a shard of their
 * own. Versioned and immutable; a change is a new version. Safe for any thread.
 *
 * <p>A tenant's slot is the CRC-32C (Castagnoli) of its id in UTF-8, modulo {@value #SLOTS}. This is for ever: see {@code
 * ShardMapTest} for test vectors. Ids that differ in a byte are different tenants, as they are to a database with a deterministic
 * collation.
 */
public final class ShardMap {
    /** The number of slots, fixed for all maps. */
    public static final int SLOTS = 4096;

    /** The polynomial, its lowest power in the highest bit. */
    private static final int CASTAGNOLI = 0x82F63B78;

    private static final int[] CRC_TABLE = crcTable();

    private final long version;
    private final String[] slots;
    private final Map<String, String> directory;
    private final Set<String> shards;
    private final boolean inDirectory;

    private ShardMap(long version, String[] slots, Map<String, String> directory, boolean inDirectory) {
        this.version = version;
        this.inDirectory = inDirectory;
        this.slots = slots;
        this.directory = directory;
        Set<String> all = new TreeSet<>(directory.values());
        String last = "";
        for (String shard : slots) {
            // Neighbours are mostly on one shard.
            if (!shard.equals(last)) {
                all.add(shard);
                last = shard;
            }
        }
        this.shards = Collections.unmodifiableSet(all);
    }

    /** The slot of a tenant, from 0 to {@value #SLOTS} - 1. */
    public static int slotOf(String tenant) {
        int crc = -1;
        for (int i = 0; i < tenant.length(); i++) {
            char c = tenant.charAt(i);
            if (c >= 128) {
                return slotOfAnyText(tenant);
            }
            crc = CRC_TABLE[(crc ^ c) & 0xff] ^ (crc >>> 8);
        }
        return ~crc & (SLOTS - 1);
    }

    private static int slotOfAnyText(String tenant) {
        CRC32C crc = new CRC32C();
        crc.update(tenant.getBytes(StandardCharsets.UTF_8));
        return (int) (crc.getValue() & (SLOTS - 1));
    }

    /**
     * The checksum of each byte, so that the slot of an id in ASCII, which is looked up for every unit of work, costs no allocation: the
     * platform's checksum wants an array of bytes and an object.
     */
    private static int[] crcTable() {
        int[] table = new int[256];
        for (int b = 0; b < table.length; b++) {
            int crc = b;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : (crc >>> 1) ^ CASTAGNOLI;
            }
            table[b] = crc;
        }
        return table;
    }

    /**
     * The shard of a tenant.
     *
     * @throws IllegalStateException if the map does not know: its tenants are in the directory, see {@link #hasDirectory}, and this one is
     *     not pinned here
     */
    public String shardOf(String tenant) {
        String pinned = directory.isEmpty() ? null : directory.get(tenant);
        if (pinned != null) {
            return pinned;
        }
        if (inDirectory) {
            throw new IllegalStateException(
                    "shard map version %d: the home of tenant \"%s\" is in the directory in the control database, and this was not asked"
                            .formatted(version, tenant));
        }
        return slots[slotOf(tenant)];
    }

    /** Whether the map itself knows the tenant's home. */
    public boolean knows(String tenant) {
        return !inDirectory || directory.containsKey(tenant);
    }

    /**
     * Whether the homes of the tenants are rows in the control database, see {@link io.tenantshift.router.control.Directory}, and not
     * slots. Tenants that are pinned in the map are not looked up; every other one must have a row. The slots then say only which shards
     * there are.
     */
    public boolean hasDirectory() {
        return inDirectory;
    }

    /** The shard of a slot. */
    public String shardOfSlot(int slot) {
        return slots[slot];
    }

    /** The tenants that are pinned to a shard, whatever their slot. */
    public Set<String> pinned() {
        return directory.keySet();
    }

    /** The version, from 1 upwards. */
    public long version() {
        return version;
    }

    /** All shards that hold a slot or a pinned tenant, sorted by name. */
    public Set<String> shards() {
        return shards;
    }

    /** The map as a document: Java properties, {@code slots.<from>-<to>=<shard>} and {@code tenant.<id>=<shard>}, in a fixed order. */
    public String document() {
        return ShardMapDocument.of(this);
    }

    /**
     * The document with its version in the last line, {@code version=<n>}: the content of a file that {@link WatchedFileShardMap} reads.
     */
    public String versionedDocument() {
        return document() + ShardMapDocument.VERSION + "=" + version + "\n";
    }

    /**
     * Reads what {@link #document()} wrote.
     *
     * @throws IllegalArgumentException with all findings at once: slots not covered or covered twice, unknown keys
     */
    public static ShardMap parse(long version, String document) {
        return ShardMapDocument.read(version, document).build();
    }

    /** The same content as another version: how one goes back to what an older version said. */
    public ShardMap withVersion(long other) {
        Builder builder = version(other);
        for (int from = 0; from < SLOTS; ) {
            int to = endOfRange(from);
            builder.slots(from, to, slots[from]);
            from = to + 1;
        }
        directory.forEach(builder::pin);
        builder.inDirectory = inDirectory;
        return builder.build();
    }

    /** What moves when {@code next} comes in force after this map. */
    public ShardMapDifference differenceTo(ShardMap next) {
        return ShardMapDifference.between(this, next);
    }

    /** The last slot of those that follow {@code from} on its shard. */
    int endOfRange(int from) {
        int to = from;
        while (to + 1 < SLOTS && slots[to + 1].equals(slots[from])) {
            to++;
        }
        return to;
    }

    /** A builder for a version. */
    public static Builder version(long version) {
        return new Builder(version);
    }

    /** Everyone on one shard: the map of a monolith. */
    public static ShardMap everyoneOn(long version, String shard) {
        return version(version).slots(0, SLOTS - 1, shard).build();
    }

    /** The slots spread evenly over shards, in their order. */
    public static ShardMap spread(long version, List<String> shards) {
        Builder builder = version(version);
        for (int i = 0; i < shards.size(); i++) {
            builder.slots(SLOTS * i / shards.size(), SLOTS * (i + 1) / shards.size() - 1, shards.get(i));
        }
        return builder.build();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ShardMap map
                && version == map.version
                && Arrays.equals(slots, map.slots)
                && inDirectory == map.inDirectory
                && directory.equals(map.directory);
    }

    @Override
    public int hashCode() {
        return Objects.hash(version, Arrays.hashCode(slots), directory, inDirectory);
    }

    @Override
    public String toString() {
        return "ShardMap[version=%d, shards=%s, pinned=%d%s]"
                .formatted(version, shards(), directory.size(), inDirectory ? ", others in the directory" : "");
    }

    /** Collects slots and pinned tenants; {@link #build()} reports all findings at once. Not safe for concurrent use. */
    public static final class Builder {
        private final long version;
        private final @Nullable String[] slots = new String[SLOTS];
        private final Map<String, String> directory = new TreeMap<>();
        private final Set<String> findings = new LinkedHashSet<>();
        private boolean inDirectory;

        private Builder(long version) {
            this.version = version;
            if (version < 1) {
                findings.add("version is %d (at least 1)".formatted(version));
            }
        }

        /** Places the slots {@code from} to {@code to}, both included, on a shard. */
        public Builder slots(int from, int to, String shard) {
            if (from < 0 || to >= SLOTS || from > to) {
                findings.add("slots %d-%d are not a range within 0-%d".formatted(from, to, SLOTS - 1));
                return this;
            }
            if (shard.isBlank()) {
                findings.add("slots %d-%d have no shard".formatted(from, to));
            }
            for (int slot = from; slot <= to; slot++) {
                if (slots[slot] != null) {
                    findings.add("slot %d is on \"%s\" and on \"%s\"".formatted(slot, slots[slot], shard));
                    break;
                }
                slots[slot] = shard;
            }
            return this;
        }

        /** The homes of all tenants that are not pinned here are in the control database, see {@link ShardMap#hasDirectory}. */
        public Builder directory() {
            this.inDirectory = true;
            return this;
        }

        /** Pins a tenant to a shard, whatever its slot. */
        public Builder pin(String tenant, String shard) {
            if (tenant.isEmpty() || shard.isBlank()) {
                findings.add("tenant \"%s\" is pinned to \"%s\": both must be named".formatted(tenant, shard));
            }
            directory.put(tenant, shard);
            return this;
        }

        long version() {
            return version;
        }

        /** Something else that is wrong, to be reported with the rest. */
        Builder finding(String what) {
            findings.add(what);
            return this;
        }

        void range(String key, String shard) {
            String[] bounds =
                    key.startsWith("slots.") ? key.substring("slots.".length()).split("-", 2) : new String[0];
            try {
                slots(Integer.parseInt(bounds[0]), Integer.parseInt(bounds[1]), shard);
            } catch (IndexOutOfBoundsException | NumberFormatException e) {
                findings.add("key \"%s\" is neither slots.<from>-<to> nor tenant.<id>".formatted(key));
            }
        }

        /**
         * The map.
         *
         * @throws IllegalArgumentException naming everything that is wrong
         */
        public ShardMap build() {
            List<String> all = new ArrayList<>(findings);
            String[] complete = new String[SLOTS];
            int uncovered = 0;
            for (int slot = 0; slot < SLOTS; slot++) {
                String shard = slots[slot];
                if (shard == null) {
                    uncovered++;
                } else {
                    complete[slot] = shard;
                }
            }
            if (uncovered > 0) {
                all.add("%d of %d slots are on no shard".formatted(uncovered, SLOTS));
            }
            if (!all.isEmpty()) {
                throw new IllegalArgumentException(
                        "shard map version %d refused: %s".formatted(version, String.join("; ", all)));
            }
            return new ShardMap(version, complete, Map.copyOf(directory), inDirectory);
        }
    }
}
