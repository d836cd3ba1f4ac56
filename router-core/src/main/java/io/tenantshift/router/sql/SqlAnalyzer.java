package io.tenantshift.router.sql;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what a SQL text does. Pure and free of state: the caller caches. Takes time in proportion to the text and
 * never throws, whatever the text; a text that PostgreSQL would refuse may come out as anything but a wrong read.
 */
public final class SqlAnalyzer {
    /** Functions that leave something in the session when their transaction has ended. */
    private static final Set<String> LEAVING_FUNCTIONS = Set.of("set_config", "setseed");

    private static final Set<String> LEAVING_PREFIXES =
            Set.of("pg_advisory_", "pg_try_advisory_", "dblink", "pg_replication_", "pg_create_");

    /** Functions that touch the session besides, or something outside tables and transactions, and leave nothing in it but numbers. */
    private static final Set<String> TOUCHING_FUNCTIONS = Set.of(
            "setval",
            "nextval",
            "currval",
            "lastval",
            "pg_notify",
            "pg_export_snapshot",
            "pg_logical_emit_message",
            "pg_reload_conf",
            "pg_cancel_backend",
            "pg_terminate_backend",
            "loread",
            "lowrite");

    private final Tokens x;

    private SqlAnalyzer(Tokens x) {
        this.x = x;
    }

    /**
     * What the text does. Expects JDBC's syntax: {@code ?} for a parameter, {@code ??} for the operator {@code ?}, and
     * {@code standard_conforming_strings = on}.
     */
    public static SqlFacts analyze(String sql) {
        return new SqlAnalyzer(SqlLexer.scan(sql)).run();
    }

    private SqlFacts run() {
        if (x.problem() != null || x.size() == 0) {
            return facts(StatementKind.UNKNOWN, x.size() == 0 && x.problem() == null, Set.of(), null);
        }
        if (isSeveral()) {
            return facts(StatementKind.MULTIPLE, false, Set.of(), null);
        }
        if (x.isWord(0, "explain")) {
            return explain();
        }
        return statement(0);
    }

    private SqlFacts statement(int begin) {
        int first = x.pastOpening(begin);
        WithClauses withs = new WithClauses(x, x.isWord(first, "with") ? first : -1);
        int verb = x.isWord(first, "with") ? withs.main(first) : first;
        StatementKind kind = kind(begin, first, verb);
        boolean query = kind == StatementKind.READ || kind == StatementKind.LOCKING_READ;
        if (withs.writing()) {
            kind = StatementKind.WRITING_CTE;
        } else if (!withs.sure() && query) {
            kind = StatementKind.UNKNOWN;
        }
        if (kind == StatementKind.UNKNOWN) {
            return facts(kind, false, Set.of(), null);
        }
        boolean grammar = Set.of("select", "values", "table", "with", "insert", "update", "delete", "merge")
                .contains(x.word(first));
        if (!grammar) {
            return facts(kind, true, x.isWord(first, "show") ? Set.of() : TableScan.everyName(x), null);
        }
        TableScan scan = TableScan.of(x, withs, begin);
        Set<TableName> tables = new LinkedHashSet<>(scan.tables());
        boolean sure = scan.sure() && withs.sure();
        Modification modification = isModification(kind) ? ModificationReader.read(x, verb) : null;
        if (modification != null) {
            tables.add(modification.target());
        }
        return facts(kind, sure && (modification != null || !isModification(kind)), tables, modification);
    }

    private StatementKind kind(int begin, int first, int verb) {
        return switch (x.word(first)) {
            case "select", "values", "table", "with", "insert", "update", "delete", "merge" ->
                query(begin, first, verb);
            case "begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release" ->
                StatementKind.TRANSACTION;
            case "set" ->
                isOneOf(first + 1, "constraints", "local", "transaction")
                        ? StatementKind.TRANSACTION
                        : StatementKind.SESSION;
            case "prepare" -> x.isWord(first + 1, "transaction") ? StatementKind.TRANSACTION : StatementKind.SESSION;
            case "reset",
                    "discard",
                    "listen",
                    "unlisten",
                    "notify",
                    "declare",
                    "close",
                    "fetch",
                    "move",
                    "deallocate",
                    "load" -> StatementKind.SESSION;
            case "show" -> StatementKind.READ;
            case "lock" -> StatementKind.LOCKING_READ;
            case "create" -> isTemporary(first) ? StatementKind.SESSION : StatementKind.DDL;
            case "alter",
                    "drop",
                    "truncate",
                    "grant",
                    "revoke",
                    "comment",
                    "refresh",
                    "reindex",
                    "reassign",
                    "import",
                    "security",
                    "cluster",
                    "vacuum",
                    "analyze",
                    "analyse",
                    "checkpoint" -> StatementKind.DDL;
            case "copy" -> StatementKind.COPY;
            case "call", "do" -> StatementKind.CALL;
            default -> isEscapedCall(first) ? StatementKind.CALL : StatementKind.UNKNOWN;
        };
    }

    private StatementKind query(int begin, int first, int verb) {
        boolean bracketed = x.isPunctuation(first - 1, '(');
        return switch (x.word(verb)) {
            case "select", "values", "table" -> read(begin);
            case "insert" -> bracketed ? StatementKind.UNKNOWN : StatementKind.INSERT;
            case "update" -> bracketed ? StatementKind.UNKNOWN : StatementKind.UPDATE;
            case "delete" -> bracketed ? StatementKind.UNKNOWN : StatementKind.DELETE;
            case "merge" -> bracketed ? StatementKind.UNKNOWN : StatementKind.MERGE;
            default -> StatementKind.UNKNOWN;
        };
    }

    private StatementKind read(int begin) {
        StatementKind kind = StatementKind.READ;
        for (int t = begin; t < x.size(); t++) {
            if (x.isKeyword(t, "into")) {
                boolean temporary = isOneOf(t + 1, "temp", "temporary", "local");
                return temporary ? StatementKind.SESSION : StatementKind.DDL;
            }
            if (x.isKeyword(t, "for") && isOneOf(t + 1, "update", "share", "no", "key")) {
                kind = StatementKind.LOCKING_READ;
            }
        }
        return kind;
    }

    private SqlFacts explain() {
        int t = 1;
        boolean executes = false;
        if (x.isPunctuation(t, '(')) {
            for (; t < x.partner(1); t++) {
                // An option may be quoted.
                executes |= isOneOf(t, "analyze", "analyse") || x.isType(t, Tokens.Type.QUOTED);
            }
            t++;
        } else {
            while (isOneOf(t, "analyze", "analyse", "verbose")) {
                executes |= !x.isWord(t, "verbose");
                t++;
            }
        }
        SqlFacts explained = statement(t);
        boolean reads = explained.kind() == StatementKind.READ || explained.kind() == StatementKind.LOCKING_READ;
        if (!executes) {
            return facts(StatementKind.READ, explained.sure(), explained.tables(), null);
        }
        return facts(reads ? explained.kind() : StatementKind.UNKNOWN, explained.sure(), explained.tables(), null);
    }

    /** Whether another statement follows. A function or procedure with a body in SQL has semicolons of its own. */
    private boolean isSeveral() {
        boolean atomic = false;
        for (int t = 0; t < x.size(); t++) {
            atomic |= x.isWord(0, "create") && x.isWord(t, "begin") && x.isWord(t + 1, "atomic");
            if (x.isPunctuation(t, ';') && x.enclosing(t) < 0 && !atomic) {
                return true;
            }
        }
        return false;
    }

    private boolean isTemporary(int create) {
        int t = create + 1;
        while (isOneOf(t, "or", "replace", "local", "global")) {
            t++;
        }
        return isOneOf(t, "temp", "temporary");
    }

    private boolean isEscapedCall(int first) {
        boolean escape = x.isPunctuation(first, '{');
        for (int t = first + 1; escape && t < first + 4; t++) {
            if (x.isWord(t, "call")) {
                return true;
            }
        }
        return false;
    }

    private boolean isOneOf(int t, String... words) {
        String word = x.word(t);
        for (String candidate : words) {
            if (word.equals(candidate)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isModification(StatementKind kind) {
        return kind == StatementKind.INSERT
                || kind == StatementKind.UPDATE
                || kind == StatementKind.DELETE
                || kind == StatementKind.MERGE;
    }

    private SqlFacts facts(
            StatementKind kind, boolean sure, Set<TableName> tables, @Nullable Modification modification) {
        boolean touches = false;
        boolean leaves = false;
        boolean escape = false;
        for (int t = 0; t < x.size(); t++) {
            String function = x.isPunctuation(t + 1, '(') ? x.name(t) : null;
            if (function != null) {
                String name = function.toLowerCase(Locale.ROOT);
                boolean left = leavesInSession(name);
                touches |= left || touchesSession(name);
                leaves |= left && !isLocal(t, name);
            }
            escape |= x.isPunctuation(t, '{') || x.isPunctuation(t, '}');
        }
        int start = x.size() == 0 ? 0 : x.start(0);
        int end = x.size() == 0 ? 0 : x.end(x.size() - 1);
        boolean with = x.isWord(0, "with");
        return new SqlFacts(
                kind, sure, touches, leaves, escape, with, tables, modification, x.placeholders(), start, end);
    }

    private static boolean touchesSession(String function) {
        return TOUCHING_FUNCTIONS.contains(function) || function.startsWith("lo_");
    }

    private static boolean leavesInSession(String function) {
        boolean prefix = LEAVING_PREFIXES.stream().anyMatch(function::startsWith);
        return LEAVING_FUNCTIONS.contains(function) || (prefix && !function.contains("xact"));
    }

    /** Whether the call at {@code t} is {@code set_config(…, true)}: what it sets ends with the transaction. */
    private boolean isLocal(int t, String function) {
        int close = x.partner(t + 1);
        return function.equals("set_config") && x.isWord(close - 1, "true") && x.isPunctuation(close - 2, ',');
    }
}
