package io.tenantshift.router.config;

import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantType;
import io.tenantshift.router.config.Value.Items;
import io.tenantshift.router.config.Value.Scalar;
import io.tenantshift.router.config.Value.Section;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the table groups from their list. Not safe for concurrent use. */
final class GroupAssembly {
    private final Findings findings;
    private final Map<String, Place> tables = new HashMap<>();
    private final Map<String, Place> names = new HashMap<>();
    private @Nullable Scalar type;

    GroupAssembly(Findings findings) {
        this.findings = findings;
    }

    List<TableGroup> assemble(Items written) {
        List<TableGroup> groups = new ArrayList<>();
        for (int i = 0; i < written.all().size(); i++) {
            if (written.all().get(i) instanceof Section section) {
                TableGroup group = group(section, "tableGroups[%d]".formatted(i));
                if (group != null) {
                    groups.add(group);
                }
            }
        }
        return List.copyOf(groups);
    }

    /** The tables that every shard has; after {@link #assemble}, for none of them may be in a group. */
    List<String> references(Items written) {
        Map<String, String> references = new LinkedHashMap<>();
        for (Scalar table : written.of(Scalar.class)) {
            add(table.text(), "", table.place(), "referenceTables", references);
        }
        return List.copyOf(references.keySet());
    }

    private @Nullable TableGroup group(Section section, String path) {
        String name = section.text("name");
        if (name != null) {
            checkOnce(names, name, section.keyPlace("name"), path + ": a group of this name");
        }
        checkType(section.scalar("tenantType"), path);
        Map<String, String> columns = new LinkedHashMap<>();
        addListed(section, path, columns);
        addNamed(section, path, columns);
        if (!section.has("tables") && !section.has("tenantColumns")) {
            findings.add(section.place(), "%s has neither tables nor tenantColumns".formatted(path));
        }
        if (name == null || type == null || !findings.isEmpty()) {
            return null;
        }
        try {
            return new TableGroup(name, TenantType.valueOf(type.text().toUpperCase(Locale.ROOT)), columns);
        } catch (IllegalArgumentException e) {
            findings.add(section.place(), "%s: %s".formatted(path, e.getMessage()));
            return null;
        }
    }

    private void checkType(@Nullable Scalar next, String path) {
        Scalar first = type;
        if (first == null || next == null) {
            type = first == null ? next : first;
        } else if (!first.value().equals(next.value())) {
            findings.add(
                    next.place(),
                    "%s.tenantType is %s and another group's is %s; tenants have one type"
                            .formatted(path, next.value(), first.value()));
        }
    }

    private void addListed(Section section, String path, Map<String, String> columns) {
        Items items = section.items("tables");
        if (items == null) {
            return;
        }
        if (!section.has("tenantColumn")) {
            findings.add(section.keyPlace("tables"), "%s has tables and no tenantColumn".formatted(path));
        }
        String column = section.text("tenantColumn");
        for (Scalar table : items.of(Scalar.class)) {
            add(table.text(), column, table.place(), path, columns);
        }
    }

    private void addNamed(Section section, String path, Map<String, String> columns) {
        Section named = section.section("tenantColumns");
        if (named != null) {
            for (String table : named.names()) {
                add(table, named.text(table), named.keyPlace(table), path, columns);
            }
        }
    }

    private void add(String table, @Nullable String column, Place at, String path, Map<String, String> columns) {
        if (!TableGroup.isQualified(table)) {
            findings.add(at, "%s: this table is not of the form schema.table".formatted(path));
            return;
        }
        if (TableGroup.schemaOf(table).equals("tenantshift")) {
            findings.add(at, "%s: this table is the library's own".formatted(path));
            return;
        }
        checkOnce(tables, table, at, path + ": this table");
        if (column != null) {
            columns.put(table, column);
        }
    }

    private void checkOnce(Map<String, Place> known, String name, Place at, String what) {
        Place first = known.putIfAbsent(name, at);
        if (first != null) {
            findings.add(at, "%s is there already, in line %d".formatted(what, first.line()));
        }
    }
}
