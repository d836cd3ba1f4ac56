package io.tenantshift.dualwrite.internal.lane;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whole transactions of a window, in order.
 *
 * @param upTo the order of the last one; what it was before if there is none
 * @param last whether the window ends here
 */
record Piece(List<Entry> entries, long upTo, boolean last) {
    /** This and the next one as one. */
    Piece and(Piece next) {
        List<Entry> all = new ArrayList<>(entries);
        all.addAll(next.entries);
        return new Piece(all, next.upTo, next.last);
    }

    Set<String> tenants() {
        Set<String> tenants = new TreeSet<>();
        entries.forEach(entry -> tenants.add(entry.tenant()));
        return tenants;
    }
}
