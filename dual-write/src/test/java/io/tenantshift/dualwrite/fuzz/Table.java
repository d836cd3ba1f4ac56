package io.tenantshift.dualwrite.fuzz;

import io.tenantshift.router.sql.Identifiers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A table of a random shape.
 *
 * @param schema "public" is on the search path, other schemas are not
 * @param keyHasTenant whether the primary key begins with the tenant column
 * @param unique a column whose values are unique beside the key, for the tenant; null if there is none
 */
record Table(
        String schema,
        String name,
        List<Column> columns,
        Column tenant,
        Column key,
        boolean keyHasTenant,
        @Nullable Column unique) {
    /**
     * @param suffix what follows name and type in the definition
     * @param generated whether it can only be given its default
     */
    record Column(String name, Kind kind, String suffix, boolean generated) {
        /** Whether an insert may leave it out and have the database find a value that is not null. */
        boolean numbered() {
            return suffix.contains("identity");
        }
    }

    /** One of a random shape. */
    static Table random(Dice dice, String schema, String name) {
        Names names = new Names(dice, "tenant_id", "id");
        List<Column> columns = new ArrayList<>();
        Column tenant = new Column(
                dice.chance(80) ? "tenant_id" : names.next(),
                dice.chance(70) ? Kind.TEXT : Kind.VARCHAR,
                " not null",
                false);
        Kind keyKind = dice.pick(Kind.KEYS);
        boolean numbered = (keyKind == Kind.INT || keyKind == Kind.LONG) && dice.chance(60);
        String identity = " generated " + dice.pick("by default", "by default", "always") + " as identity";
        Column key = new Column(
                dice.chance(80) ? "id" : names.next(), keyKind, " not null" + (numbered ? identity : ""), false);
        int others = 2 + dice.below(6);
        for (int i = 0; i < others; i++) {
            columns.add(other(dice, i == 0 && dice.chance(30) ? name : names.next(), columns));
        }
        // Not always in front: a key may stand anywhere.
        columns.add(dice.below(columns.size() + 1), tenant);
        columns.add(dice.below(columns.size() + 1), key);
        List<Column> candidates = columns.stream()
                .filter(c -> c.kind() == Kind.INT && !c.equals(key) && !c.generated())
                .toList();
        Column unique = candidates.isEmpty() || dice.chance(50) ? null : dice.pick(candidates);
        return new Table(schema, name, List.copyOf(columns), tenant, key, dice.chance(65), unique);
    }

    private static Column other(Dice dice, String name, List<Column> before) {
        List<Column> plain = before.stream()
                .filter(c -> c.kind() == Kind.TEXT && !c.generated())
                .toList();
        if (!plain.isEmpty() && dice.chance(25)) {
            String from = Identifiers.quote(dice.pick(plain).name());
            return new Column(name, Kind.TEXT, " generated always as (coalesce(" + from + ", '') || '!') stored", true);
        }
        Kind kind = dice.pick(List.of(Kind.values()));
        boolean defaults = dice.chance(20) && (kind == Kind.INT || kind == Kind.TEXT);
        return new Column(name, kind, defaults ? kind == Kind.INT ? " default 7" : " default 'd?'" : "", false);
    }

    /** The columns that statements may write beside tenant and key. */
    List<Column> others() {
        return columns.stream()
                .filter(c -> !c.generated() && !c.equals(tenant) && !c.equals(key))
                .toList();
    }

    String quoted() {
        return Identifiers.quote(schema) + "." + Identifiers.quote(name);
    }

    String constraint() {
        return name + " key";
    }

    List<String> keyNames() {
        return keyHasTenant ? List.of(tenant.name(), key.name()) : List.of(key.name());
    }

    String ddl() {
        String definitions = columns.stream()
                .map(c -> Identifiers.quote(c.name()) + " " + c.kind().type + c.suffix())
                .collect(Collectors.joining(", "));
        String primary = keyNames().stream().map(Identifiers::quote).collect(Collectors.joining(", "));
        Column other = unique;
        return "create table " + quoted() + " (" + definitions + ", constraint " + Identifiers.quote(constraint())
                + " primary key (" + primary + ")"
                + (other == null
                        ? ""
                        : ", unique (" + Identifiers.quote(tenant.name()) + ", " + Identifiers.quote(other.name())
                                + ")")
                + ")";
    }
}
