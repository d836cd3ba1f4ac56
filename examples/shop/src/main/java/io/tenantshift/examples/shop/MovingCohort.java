package io.tenantshift.examples.shop;

import io.tenantshift.router.Cohort;
import java.util.ArrayList;
import java.util.List;

/**
 * Tenants that are asked to move at the same time: those within a percentage of all, as the library orders them, and not within the
 * percentage before it.
 *
 * @param percent as the flags take it
 */
record MovingCohort(String percent, List<String> tenants) {
    private static final List<String> STEPS = List.of("1", "10", "50", "100");

    MovingCohort {
        tenants = List.copyOf(tenants);
    }

    /** All tenants, in cohorts that end at 1 %, 10 %, 50 % and 100 %; a cohort without tenants is left out. */
    static List<MovingCohort> of(List<String> tenants) {
        List<MovingCohort> cohorts = new ArrayList<>();
        String before = "0";
        for (String percent : STEPS) {
            String from = before;
            List<String> within = tenants.stream()
                    .filter(tenant -> Cohort.isWithin(tenant, percent) && !Cohort.isWithin(tenant, from))
                    .toList();
            if (!within.isEmpty()) {
                cohorts.add(new MovingCohort(percent, within));
            }
            before = percent;
        }
        return cohorts;
    }

    /** As people read it. */
    String name() {
        return percent + " %";
    }
}
