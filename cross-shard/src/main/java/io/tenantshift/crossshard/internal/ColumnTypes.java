package io.tenantshift.crossshard.internal;

import io.tenantshift.crossshard.internal.shape.Rule;
import io.tenantshift.crossshard.internal.shape.Verdict.Allowed;
import io.tenantshift.crossshard.internal.shape.Verdict.Purpose;
import io.tenantshift.crossshard.internal.shape.Verdict.Refused;
import io.tenantshift.crossshard.internal.shape.Verdict.Use;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Whether ShardingSphere compares and adds the values of a result's columns as the database does. It compares what the driver hands out: a
 * time without its microseconds, a UUID with a sign, text by UTF-16, arrays by identity, numbers of different scale as different. Pure.
 */
final class ColumnTypes {
    /** Compared as in the database. */
    private static final Set<String> ORDERED = Set.of(
            "int2",
            "int4",
            "int8",
            "serial",
            "bigserial",
            "smallserial",
            "numeric",
            "date",
            "timestamp",
            "timestamptz",
            "bool");
    /** Compared as in the database, but that their two zeros are not equal: so what comes after them is out of order. */
    private static final Set<String> FLOATING = Set.of("float4", "float8");
    /** Equal if and only if they are in the database; numbers with a scale of their own apart. */
    private static final Set<String> GROUPED = Set.of(
            "int2", "int4", "int8", "serial", "bigserial", "smallserial", "date", "timestamp", "timestamptz", "bool");

    private static final Set<String> TEXT = Set.of("text", "varchar");
    /** By what is compared, and not only told apart. */
    private static final Set<Purpose> COMPARED = Set.of(Purpose.ORDER, Purpose.LAST_ORDER, Purpose.GROUP);

    private static final Set<String> SUMMED = Set.of("int8", "numeric");
    /** Never taken for equal by mistake. */
    private static final Set<String> TOLD_APART = Set.of("uuid", "text", "varchar", "numeric");

    /**
     * What is known of a statement's result.
     *
     * @param refused what stands against the merge; null if nothing does
     * @param texts the columns of text by which rows are put in order
     */
    record Found(@Nullable Refused refused, Set<Integer> texts) {}

    private ColumnTypes() {}

    /**
     * Looks at the types.
     *
     * @throws SQLException what the server says of the statement
     */
    static Found check(Connection shard, String sql, Allowed allowed, TextOrder order) throws SQLException {
        Set<Integer> texts = new TreeSet<>();
        if (allowed.uses().isEmpty()) {
            return new Found(null, texts);
        }
        try (PreparedStatement described = shard.prepareStatement(sql)) {
            ResultSetMetaData columns = described.getMetaData();
            Set<String> labels = new HashSet<>();
            for (int column = 1; column <= columns.getColumnCount(); column++) {
                String label = columns.getColumnLabel(column).toLowerCase(Locale.ROOT);
                if (!labels.add(label) || label.contains("_derived_")) {
                    return new Found(new Refused(Rule.SAME_LABEL, "output column %d".formatted(column)), texts);
                }
            }
            for (Use use : allowed.uses()) {
                List<Integer> found = columns(columns, use);
                if (found.isEmpty()) {
                    return new Found(new Refused(Rule.KEY_NOT_SELECTED, "a key of ORDER BY"), texts);
                }
                for (int column : found) {
                    String type = columns.getColumnTypeName(column).toLowerCase(Locale.ROOT);
                    if (!fits(use.purpose(), type, columns.getPrecision(column) > 0, order, use.ownName())) {
                        return new Found(
                                new Refused(
                                        Rule.KEY_TYPE,
                                        "%s by output column %d of type %s%s"
                                                .formatted(
                                                        use.purpose()
.toString()
.toLowerCase(Locale.ROOT)
.replace('_', ' '),
                                                        column,
                                                        type,
                                                        TEXT.contains(type)
                                                                ? ", which is not a table's column under its own name or has a collation other than \"C\""
                                                                : "")),
                                texts);
                    }
                    if (TEXT.contains(type) && COMPARED.contains(use.purpose())) {
                        texts.add(column);
                    }
                }
            }
            return new Found(null, texts);
        }
    }

    private static List<Integer> columns(ResultSetMetaData columns, Use use) throws SQLException {
        List<Integer> found = new ArrayList<>();
        for (int column = 1; column <= columns.getColumnCount(); column++) {
            boolean named = use.position() == 0
                    && columns.getColumnLabel(column).toLowerCase(Locale.ROOT).equals(use.label());
            if (named || use.position() == column || use.position() < 0) {
                found.add(column);
            }
        }
        return found;
    }

    private static boolean fits(Purpose purpose, String type, boolean scaled, TextOrder order, boolean ownName) {
        boolean text = TEXT.contains(type);
        // Of other text ShardingSphere believes that upper and lower case are the same.
        boolean byBytes = text && ownName && order.byBytes();
        return switch (purpose) {
            case ORDER -> ORDERED.contains(type) || byBytes;
            case LAST_ORDER -> ORDERED.contains(type) || byBytes || FLOATING.contains(type);
            case GROUP -> GROUPED.contains(type) || byBytes || (type.equals("numeric") && scaled);
            case HASHED_GROUP ->
                GROUPED.contains(type)
                        || (text && order.plainlyEqual())
                        || (type.equals("numeric") && scaled)
                        || type.equals("uuid");
            case LOCAL_GROUP -> GROUPED.contains(type) || TOLD_APART.contains(type);
            case COUNT -> type.equals("int8");
            case SUM -> SUMMED.contains(type);
            case EXTREME -> ORDERED.contains(type) || FLOATING.contains(type);
        };
    }
}
