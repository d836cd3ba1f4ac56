package io.tenantshift.migration;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.dualwrite.Layouts;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The groundwork read off the databases' catalogs. Safe for any thread. */
record CatalogGroundwork(RouterServices services, MovingTables tables) implements Groundwork {
    @Override
    public List<String> preflight(Transition transition) throws SQLException {
        return texts(Preflight.check(services, tables.group(), tables.byTrigger(), transition)
                .blocking());
    }

    @Override
    public void registerLayouts(Transition transition, Set<String> shards) throws SQLException {
        List<Layout> layouts = layouts(transition);
        List<String> findings = new ArrayList<>();
        for (String shard : shards) {
            try (Connection connection = services.connect(shard)) {
                Layouts.register(connection, layouts);
                List<Layout> registered = Layouts.load(connection);
                // A layout is immutable: entries may still be in flight under it. Captured by an old one, a new column
                // would be lost.
                layouts.stream()
                        .filter(layout -> !registered.contains(layout))
                        .forEach(layout -> findings.add(
                                "table %s.%s on \"%s\" has other columns than layout %d, registered earlier"
                                        .formatted(layout.schema(), layout.table(), shard, layout.id())));
            }
        }
        if (!findings.isEmpty()) {
            throw new MigrationRefusedException(
                    "layouts of table group \"%s\"".formatted(tables.group().name()),
                    findings,
                    "no tenant was touched; tables that change between transitions are not supported yet: close all transitions, empty tenantshift.layout and tenantshift.journal on these shards, and open again");
        }
    }

    @Override
    public List<String> prepareSequences(Set<String> shards) throws SQLException {
        return texts(Sequences.prepare(services, tables.group(), shards).blocking());
    }

    /** The tables' layouts in copying order, as any source has them; the preflight has compared the shards. */
    List<Layout> layouts(Transition transition) throws SQLException {
        String source = transition.from().shards().iterator().next();
        try (Connection connection = services.connect(source)) {
            return TableOrder.layouts(connection, tables.group());
        }
    }

    private static List<String> texts(List<Preflight.Finding> findings) {
        return findings.stream().map(Preflight.Finding::toString).toList();
    }
}
