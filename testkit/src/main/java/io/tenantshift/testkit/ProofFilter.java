package io.tenantshift.testkit;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.launcher.PostDiscoveryFilter;

/**
 * Runs only the tests of some guarantees or pitfalls, if the system properties {@value #GUARANTEES} or
 * {@value #PITFALLS} name them; JUnit's own tags are fixed text and cannot carry the number. Found by the launcher through
 * the service loader.
 */
public final class ProofFilter implements PostDiscoveryFilter {

    static final String GUARANTEES = "tenantshift.test.guarantees";
    static final String PITFALLS = "tenantshift.test.pitfalls";

    private final Set<String> guarantees = wanted(GUARANTEES);
    private final Set<String> pitfalls = wanted(PITFALLS);

    /** For the service loader. */
    public ProofFilter() {}

    @Override
    public FilterResult apply(TestDescriptor test) {
        if (guarantees.isEmpty() && pitfalls.isEmpty()) {
            return FilterResult.included("no guarantee or pitfall is asked for");
        }
        Optional<Proofs> proofs = Proofs.of(test.getSource().orElse(null));
        if (proofs.isEmpty()) {
            return FilterResult.includedIf(test.isContainer());
        }
        return FilterResult.includedIf(proofs.get().guarantees().stream().anyMatch(guarantees::contains)
                || proofs.get().pitfalls().stream().map(String::valueOf).anyMatch(pitfalls::contains));
    }

    private static Set<String> wanted(String property) {
        return Arrays.stream(System.getProperty(property, "").split(","))
                .map(String::strip)
                .filter(number -> !number.isEmpty())
                .collect(Collectors.toSet());
    }
}
