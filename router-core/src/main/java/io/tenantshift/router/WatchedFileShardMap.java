package io.tenantshift.router;

import io.tenantshift.router.internal.MapSuccession;
import io.tenantshift.router.spi.ShardMapSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A shard map from a file in UTF-8, as {@link ShardMap#versionedDocument()} writes it: a properties document whose last line is its
 * version.
 *
 * <pre>
 * slots.0-2047=s0
 * slots.2048-4095=s1
 * tenant.acme=s1
 * version=7
 * </pre>
 *
 * <p>The file is looked at whenever somebody asks, and read when its time, size or identity has changed; there is no thread. A file that is
 * missing, half-written (its last line is not a version with a newline at its end), changed while it was read, not a whole map, older than
 * what was read before, or different under the same version is not used at all: the last good content stays, and everything that is wrong
 * is logged once. Write a new file and rename it over the old one. Safe for any thread.
 */
public final class WatchedFileShardMap implements ShardMapSource {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedFileShardMap.class);

    private final WatchedFile file;

    private @Nullable ShardMap good;
    private @Nullable String problem;

    /** Watches a file. */
    public WatchedFileShardMap(Path file) {
        this.file = new WatchedFile(file);
    }

    /**
     * The last good content.
     *
     * @throws IllegalStateException if there has been none, with what is wrong
     */
    @Override
    public synchronized ShardMap current() {
        look();
        ShardMap map = good;
        if (map == null) {
            throw new IllegalStateException(problem);
        }
        return map;
    }

    /** Why the file as it is now is not used; empty if it is. */
    public synchronized Optional<String> problem() {
        look();
        return Optional.ofNullable(problem);
    }

    private void look() {
        try {
            String content = file.changed();
            if (content == null) {
                return;
            }
            good = read(content, good);
            problem = null;
        } catch (IOException e) {
            refuse("it cannot be read: " + e);
        } catch (IllegalArgumentException e) {
            refuse(String.valueOf(e.getMessage()));
        }
    }

    private static ShardMap read(String content, @Nullable ShardMap last) {
        if (content.isEmpty()) {
            throw new IllegalArgumentException("it is empty");
        }
        int line = content.lastIndexOf('\n', content.length() - 2) + 1;
        if (!content.endsWith("\n") || !content.startsWith(ShardMapDocument.VERSION + "=", line)) {
            throw new IllegalArgumentException(
                    "its last line is not version=<n> with a newline, so it may be half-written");
        }
        ShardMap.Builder builder = ShardMapDocument.readVersioned(content, last == null ? 1 : last.version());
        if (last != null && builder.version() < last.version()) {
            builder.finding("it is older than version %d, which is in use".formatted(last.version()));
        }
        ShardMap map = builder.build();
        List<String> findings = last == null ? List.of() : MapSuccession.findings(last, map);
        if (!findings.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", findings));
        }
        return map;
    }

    private void refuse(String why) {
        ShardMap kept = good;
        String message = "shard map file \"%s\" not used: %s; %s"
                .formatted(
                        file, why, kept == null ? "there is no other" : "version %d stays".formatted(kept.version()));
        if (!message.equals(problem)) {
            problem = message;
            LOG.error(message);
        }
    }
}
