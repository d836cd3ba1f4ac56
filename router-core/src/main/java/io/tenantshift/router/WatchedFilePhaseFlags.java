package io.tenantshift.router;

import io.tenantshift.router.spi.PhaseFlags;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wishes from a properties file in UTF-8:
 *
 * <pre>
 * cohort.1=TARGET_PRIMARY
 * cohort.10=DUAL_WRITE
 * tenant.acme=SOURCE_ONLY
 * default=SOURCE_ONLY
 * </pre>
 *
 * {@code cohort.10} is the first ten per cent of all tenants. A tenant's own line counts before the cohorts', the smallest cohort that
 * holds the tenant before the larger ones, {@code default} comes last.
 *
 * <p>The file is looked at by whoever asks, at most once a second, and read when its time, size or identity has changed; there is no thread. A file
 * that is missing, empty, without a newline at its end (half-written), changed while it was read, or with a key or phase that is not
 * known, is not used at all: the last good content stays, and the problem is logged once. Before the first good content there are no
 * wishes. Write a new file and rename it over the old one. Safe for any thread.
 */
public final class WatchedFilePhaseFlags implements PhaseFlags {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedFilePhaseFlags.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private final WatchedFile file;
    private final Clock clock;

    private PhaseRules rules = PhaseRules.NONE;
    private @Nullable String problem;
    private Instant nextLook = Instant.MIN;

    /** Watches a file, which need not exist yet. */
    public WatchedFilePhaseFlags(Path file, Clock clock) {
        this.file = new WatchedFile(file);
        this.clock = clock;
    }

    @Override
    public synchronized Optional<Phase> requested(String tenant) {
        look();
        return rules.requested(tenant);
    }

    /** Why the file as it is now is not used; empty if it is. */
    public synchronized Optional<String> problem() {
        look();
        return Optional.ofNullable(problem);
    }

    private void look() {
        Instant now = clock.instant();
        if (now.isBefore(nextLook)) {
            return;
        }
        nextLook = now.plus(LOOK_EVERY);
        try {
            String content = file.changed();
            if (content == null) {
                return;
            }
            rules = parse(content);
            problem = null;
        } catch (IOException e) {
            refuse("it cannot be read: " + e);
        } catch (IllegalArgumentException e) {
            refuse(String.valueOf(e.getMessage()));
        }
    }

    private void refuse(String why) {
        String message = "phase flags \"%s\" not used: %s; the last good content stays".formatted(file, why);
        if (!message.equals(problem)) {
            problem = message;
            LOG.warn(message);
        }
    }

    private static PhaseRules parse(String content) throws IOException {
        if (!content.endsWith("\n")) {
            throw new IllegalArgumentException(
                    content.isEmpty() ? "it is empty" : "its last line has no newline, so it may be half-written");
        }
        Properties properties = new Properties();
        properties.load(new StringReader(content));
        PhaseRules rules = PhaseRules.NONE;
        List<String> findings = new ArrayList<>();
        for (String key : new TreeSet<>(properties.stringPropertyNames())) {
            try {
                rules = with(
                        rules, key, Phase.valueOf(properties.getProperty(key).trim()));
            } catch (IllegalArgumentException e) {
                findings.add("%s=%s (%s)".formatted(key, properties.getProperty(key), e.getMessage()));
            }
        }
        if (!findings.isEmpty()) {
            throw new IllegalArgumentException("it has lines that are not understood: " + String.join("; ", findings));
        }
        return rules;
    }

    private static PhaseRules with(PhaseRules rules, String key, Phase phase) {
        if (key.equals("default")) {
            return rules.withOtherwise(phase);
        }
        if (key.startsWith("tenant.") && key.length() > "tenant.".length()) {
            return rules.withTenant(key.substring("tenant.".length()), phase);
        }
        if (key.startsWith("cohort.")) {
            return rules.withCohort(Cohort.bucketsIn(key.substring("cohort.".length())), phase);
        }
        throw new IllegalArgumentException("the key is neither cohort.<percent>, tenant.<id> nor default");
    }
}
