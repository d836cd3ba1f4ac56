package io.tenantshift.router.sql;

import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantType;
import io.tenantshift.router.sql.TenantFacts.Coverage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds which tenant a statement names. Immutable, safe for any thread, and pure: the caller caches. Never throws, whatever the text.
 *
 * <p>The answer {@link Coverage#ALL} is a promise; where the text does not show it beyond doubt the answer is another one. A name that is
 * neither a table of a group nor defined by a {@code WITH} counts as no tenant table, though it may be a view on one; so does a function,
 * whatever it reads. A name without a schema counts as the group's table of that name, whatever the search path says.
 */
public final class TenantAnalyzer {
    /** These name settings, channels and cursors, no tables. */
    private static final Set<String> WITHOUT_TABLES = Set.of(
            "set", "reset", "discard", "listen", "unlisten", "notify", "close", "fetch", "move", "deallocate", "load");

    private final TenantTables tables;
    private final ReferenceTables references;

    /** With no group, every answer is {@link Coverage#NO_TENANT_TABLE}. */
    public TenantAnalyzer(Collection<TableGroup> groups) {
        this(groups, List.of());
    }

    /** @param references tables that every shard has, as {@code schema.table} */
    public TenantAnalyzer(Collection<TableGroup> groups, Collection<String> references) {
        this.tables = new TenantTables(groups);
        this.references = new ReferenceTables(references);
    }

    /**
     * The tables of a statement that are in no group and on no other shard than the one that had them all: neither reference tables, which
     * are read anywhere, nor the system's own. A reference table that is written counts, and so does one in a statement of several
     * parts that writes something. Of a statement whose grammar is not followed, every name in it, unless it names a group's table: then
     * none, for what is a table among them is not known; none either where nothing is understood. Temporary tables and views count as
     * tables.
     *
     * @param facts of the same text
     */
    public Set<TableName> behind(String sql, SqlFacts facts) {
        return switch (facts.kind()) {
            case TRANSACTION, CALL, UNKNOWN -> Set.of();
            case MULTIPLE -> behindOfSeveral(sql);
            case SESSION -> WITHOUT_TABLES.contains(firstWord(sql)) ? Set.of() : unlessTenants(facts);
            case DDL, COPY -> unlessTenants(facts);
            case LOCKING_READ ->
                firstWord(sql).equals("lock") ? unlessTenants(facts) : behind(facts.tables(), null, true);
            case READ -> behind(facts.tables(), null, true);
            case INSERT, UPDATE, DELETE, MERGE -> {
                Modification modification = facts.modification();
                yield behind(facts.tables(), modification == null ? null : modification.target(), modification != null);
            }
            case WRITING_CTE -> behind(facts.tables(), null, false);
        };
    }

    /**
     * The tables of a statement that may be tables of a group, whatever it does with them; none where nothing is understood.
     *
     * @param facts of the same text
     */
    public Set<TableName> grouped(String sql, SqlFacts facts) {
        Set<TableName> grouped = new LinkedHashSet<>();
        if (facts.kind() == StatementKind.MULTIPLE) {
            for (String part : parts(sql)) {
                SqlFacts found = SqlAnalyzer.analyze(part);
                if (found.kind() != StatementKind.MULTIPLE) {
                    grouped.addAll(grouped(part, found));
                }
            }
        } else {
            facts.tables().stream().filter(tables::isTenantTable).forEach(grouped::add);
        }
        return grouped;
    }

    private static String firstWord(String sql) {
        return SqlLexer.scan(sql).word(0);
    }

    private Set<TableName> behindOfSeveral(String sql) {
        Set<TableName> behind = new LinkedHashSet<>();
        for (String part : parts(sql)) {
            SqlFacts facts = SqlAnalyzer.analyze(part);
            if (facts.kind() != StatementKind.MULTIPLE) {
                behind.addAll(behind(part, facts));
            }
        }
        return behind;
    }

    private static List<String> parts(String sql) {
        Tokens x = SqlLexer.scan(sql);
        List<String> parts = new ArrayList<>();
        int begin = 0;
        for (int t = 0; t <= x.size(); t++) {
            boolean ends = t == x.size() || (x.isPunctuation(t, ';') && x.enclosing(t) < 0);
            if (ends && begin < t) {
                parts.add(sql.substring(x.start(begin), x.end(t - 1)));
            }
            begin = ends ? t + 1 : begin;
        }
        return parts;
    }

    private Set<TableName> unlessTenants(SqlFacts facts) {
        return facts.tables().stream().anyMatch(tables::isTenantTable) ? Set.of() : facts.tables();
    }

    private Set<TableName> behind(Set<TableName> used, @Nullable TableName written, boolean readsReferences) {
        Set<TableName> behind = new LinkedHashSet<>();
        for (TableName table : used) {
            boolean readable = readsReferences && !table.equals(written) && references.contains(table);
            if (!tables.isTenantTable(table) && !readable && !ReferenceTables.isSystem(table)) {
                behind.add(table);
            }
        }
        return behind;
    }

    /**
     * What the text says of tenants.
     *
     * @param facts of the same text
     */
    public TenantFacts analyze(String sql, SqlFacts facts) {
        if (tables.isEmpty()) {
            return TenantFacts.NONE;
        }
        if (facts.jdbcEscape() && facts.parameterCount() > 0 && hasParameterInFunction(SqlLexer.scan(sql))) {
            return TenantFacts.unknown(null, "the driver may move or repeat the parameters of {fn …}");
        }
        return switch (facts.kind()) {
            case TRANSACTION -> TenantFacts.NONE;
            case SESSION, DDL, COPY -> whole(facts);
            case CALL -> TenantFacts.unknown(null, "it runs code whose effect its text does not show");
            case UNKNOWN ->
                facts.sure() ? TenantFacts.NONE : TenantFacts.unknown(null, "the statement was not understood");
            case MULTIPLE -> several(sql);
            case READ, LOCKING_READ, INSERT, UPDATE, DELETE, MERGE, WRITING_CTE -> one(SqlLexer.scan(sql), facts);
        };
    }

    private static boolean hasParameterInFunction(Tokens x) {
        int open = -1;
        for (int t = 0; t < x.size(); t++) {
            if (x.isPunctuation(t, '{') && x.isWord(t + 1, "fn") && open < 0) {
                open = t;
            } else if (open >= 0 && x.ordinal(t) > 0) {
                return true;
            } else if (x.isPunctuation(t, '}')) {
                open = -1;
            }
        }
        return false;
    }

    /** A statement that takes tables as a whole, if it takes any. */
    private TenantFacts whole(SqlFacts facts) {
        for (TableName name : facts.tables()) {
            Set<TenantTables.Column> columns = tables.columns(name);
            if (!columns.isEmpty()) {
                TenantType type = columns.iterator().next().type();
                String reason = "\"%s\" is used as a whole".formatted(name);
                return new TenantFacts(Coverage.PARTIAL, List.of(), type, reason);
            }
        }
        return facts.sure() ? TenantFacts.NONE : TenantFacts.unknown(null, "its tables were not understood");
    }

    private TenantFacts several(String sql) {
        Coverage coverage = Coverage.NO_TENANT_TABLE;
        Set<TenantValue> values = new LinkedHashSet<>();
        TenantType type = null;
        String reason = "";
        int parameters = 0;
        for (String part : parts(sql)) {
            SqlFacts facts = SqlAnalyzer.analyze(part);
            TenantFacts found = facts.kind() == StatementKind.MULTIPLE
                    ? TenantFacts.unknown(null, "the statements could not be told apart")
                    : analyze(part, facts);
            int before = parameters;
            found.values().forEach(value -> values.add(shifted(value, before)));
            parameters += facts.parameterCount();
            if (type != null && found.type() != null && type != found.type()) {
                return TenantFacts.unknown(type, "its tables have tenants of different types");
            }
            type = type == null ? found.type() : type;
            if (found.coverage().compareTo(coverage) > 0) {
                coverage = found.coverage();
                reason = found.reason();
            }
        }
        return new TenantFacts(coverage, List.copyOf(values), type, reason);
    }

    private static TenantValue shifted(TenantValue value, int by) {
        return value instanceof TenantValue.Parameter parameter
                ? new TenantValue.Parameter(parameter.ordinal() + by)
                : value;
    }

    private TenantFacts one(Tokens x, SqlFacts facts) {
        int begin = begin(x);
        int first = x.pastOpening(begin);
        if (!TableScan.QUERY_STARTS.contains(x.word(first))) {
            return whole(facts);
        }
        boolean with = x.isWord(first, "with");
        WithClauses withs = new WithClauses(x, with ? first : -1);
        TableScan scan = TableScan.of(x, withs, begin);
        List<TableName> uses = scan.uses();
        TenantType type = null;
        for (TableName use : uses) {
            for (TenantTables.Column column : tables.columns(use)) {
                if (type != null && type != column.type()) {
                    return TenantFacts.unknown(type, "its tables have tenants of different types");
                }
                type = column.type();
            }
        }
        boolean sure = scan.sure() && withs.sure();
        if (type == null) {
            return sure ? TenantFacts.NONE : TenantFacts.unknown(null, "its tables were not understood");
        }
        if (!sure) {
            return TenantFacts.unknown(type, "its tables were not understood");
        }
        TenantReading reading = new TenantReading(tables, type);
        boolean read = first == begin && !with && FlatReader.read(x, first, reading);
        if (!read) {
            reading = new TenantReading(tables, type);
            if (!TreeReader.read(x, begin, scan, reading)) {
                return TenantFacts.unknown(type, "a statement of this shape is not read");
            }
        }
        if (!counted(reading.uses()).equals(counted(uses))) {
            return TenantFacts.unknown(type, "its tables were read in two ways");
        }
        return reading.facts();
    }

    private static Map<TableName, Integer> counted(List<TableName> names) {
        Map<TableName, Integer> counts = new HashMap<>();
        names.forEach(name -> counts.merge(name, 1, Integer::sum));
        return counts;
    }

    /** The token at which the statement begins, behind {@code EXPLAIN} and its options. */
    private static int begin(Tokens x) {
        if (!x.isWord(0, "explain")) {
            return 0;
        }
        int t = 1;
        if (x.isPunctuation(t, '(')) {
            return x.past(t);
        }
        while (x.isWord(t, "analyze") || x.isWord(t, "analyse") || x.isWord(t, "verbose")) {
            t++;
        }
        return t;
    }
}
