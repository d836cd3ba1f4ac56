package io.tenantshift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.Filter;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

final class ProofTest {

    @Test
    void annotatedTestsCarryTheTags() {
        assertThat(tests(TagFilter.includeTags("guarantee"))).containsExactlyInAnyOrder("proves(int)", "inside()");
        assertThat(tests(TagFilter.includeTags("pitfall")))
                .containsExactlyInAnyOrder("proves(int)", "guards()", "isDisabled()");
    }

    @Test
    void theFilterRunsTheTestsOfOneNumberOnly() {
        System.setProperty(ProofFilter.PITFALLS, "1002");
        try {
            assertThat(tests(new ProofFilter())).containsExactly("guards()");
        } finally {
            System.clearProperty(ProofFilter.PITFALLS);
        }
        System.setProperty(ProofFilter.GUARANTEES, "G1003");
        try {
            assertThat(tests(new ProofFilter())).containsExactly("inside()");
        } finally {
            System.clearProperty(ProofFilter.GUARANTEES);
        }
        assertThat(tests(new ProofFilter())).hasSize(5);
    }

    @Test
    void theReportListsTestsByNumberWithTheirWorstOutcome(@TempDir Path target) throws IOException {
        ProofReport report = new ProofReport(target, "1");
        launcher().execute(request(), report);
        String tagged = Tagged.class.getName();
        assertThat(Files.readString(target.resolve("guarantees.json"))).isEqualTo("""
                {
                  "guarantees": {
                    "G1001": [
                      {"test": "%1$s#proves", "outcome": "failed", "runs": 2}
                    ],
                    "G1003": [
                      {"test": "%1$s$Inner#inside", "outcome": "successful", "runs": 1}
                    ]
                  },
                  "pitfalls": {
                    "1001": [
                      {"test": "%1$s#proves", "outcome": "failed", "runs": 2}
                    ],
                    "1002": [
                      {"test": "%1$s#guards", "outcome": "successful", "runs": 1}
                    ],
                    "1010": [
                      {"test": "%1$s#isDisabled", "outcome": "skipped", "runs": 0}
                    ]
                  }
                }
                """.formatted(tagged));
    }

    @Test
    void jvmsThatShareTheTestsOfAModuleDoNotOverwriteEachOther(@TempDir Path target) throws IOException {
        for (String fork : List.of("1", "2")) {
            launcher().execute(request(), new ProofReport(target, fork));
        }
        assertThat(target).isDirectoryContaining("glob:**/guarantees.json");
        assertThat(target).isDirectoryContaining("glob:**/guarantees-2.json");
    }

    private static List<String> tests(Filter<?> filter) {
        var plan = launcher().discover(request(filter));
        return plan.getRoots().stream()
                .flatMap(root -> plan.getDescendants(root).stream())
                .filter(test -> Proofs.of(test.getSource().orElse(null)).isPresent())
                .map(TestIdentifier::getLegacyReportingName)
                .toList();
    }

    private static Launcher launcher() {
        return LauncherFactory.create(LauncherConfig.builder()
                .enableTestExecutionListenerAutoRegistration(false)
                .enablePostDiscoveryFilterAutoRegistration(false)
                .build());
    }

    private static LauncherDiscoveryRequest request(Filter<?>... filters) {
        return LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(Tagged.class))
                .filters(filters)
                .build();
    }

    static final class Tagged {

        @ParameterizedTest
        @ValueSource(ints = {1, 2})
        @Guarantee("G1001")
        @Pitfall(1001)
        void proves(int number) {
            assertThat(number).isOne();
        }

        @Test
        @Pitfall(1002)
        void guards() {}

        @Test
        @Disabled("to see how it is reported")
        @Pitfall(1010)
        void isDisabled() {}

        @Test
        void provesNothing() {}

        @Nested
        @Guarantee("G1003")
        class Inner {
            @Test
            void inside() {}
        }
    }
}
