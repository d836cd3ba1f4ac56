package io.tenantshift.router.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration file is wrong. Everything that is wrong with it is named; nothing was opened. Holds no secret. */
public final class ConfigurationException extends IllegalArgumentException {
    private final transient List<Finding> findings;

    ConfigurationException(String source, List<Finding> findings) {
        super("configuration \"%s\" refused, nothing was opened: %d %s%s"
                .formatted(
                        source,
                        findings.size(),
                        findings.size() == 1 ? "problem" : "problems",
                        findings.stream().map(finding -> "\n  " + finding).collect(Collectors.joining())));
        this.findings = List.copyOf(findings);
    }

    /** All that is wrong, in the order of the file. */
    public List<Finding> findings() {
        return findings;
    }
}
