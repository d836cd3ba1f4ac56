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
import java.time.Duration;
import java.time.ZoneId;
import java.time.zone.ZoneRules;
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
     * @param local what stands against it where two local times may be one instant; null if nothing does
     * @param skipping the same of dates
     * @param texts the columns of text by which rows are put in order
     */
    record Found(
            @Nullable Refused refused,
            @Nullable Refused local,
            @Nullable Refused skipping,
            Set<Integer> texts) {
        /**
         * What stands against the merge in the default time zone of now. The driver hands out times and dates without a zone as instants of it:
         * <em>where clocks are put forward by an hour, half past two and half past three are one; where a day was left out, two dates are.</em>
         */
        @Nullable
        Refused refusedNow() {
            if (refused != null || (local == null && skipping == null)) {
                return refused;
            }
            ZoneRules zone = ZoneId.systemDefault().getRules();
            if (local != null && !zone.isFixedOffset()) {
                return local;
            }
            boolean skips = zone.getTransitions().stream()
                    .anyMatch(each -> each.isGap() && each.getDuration().compareTo(Duration.ofDays(1)) >= 0);
            return skips ? skipping : null;
        }
    }

    private ColumnTypes() {}

    /**
     * Looks at the types.
     *
     * @throws SQLException what the server says of the statement
     */
    static Found check(Connection shard, String sql, Allowed allowed, TextOrder order) throws SQLException {
        Set<Integer> texts = new TreeSet<>();
        if (allowed.uses().isEmpty()) {
            return new Found(null, null, null, texts);
        }
        Refused local = null;
        Refused skipping = null;
        try (PreparedStatement described = shard.prepareStatement(sql)) {
            ResultSetMetaData columns = described.getMetaData();
            Set<String> labels = new HashSet<>();
            for (int column = 1; column <= columns.getColumnCount(); column++) {
                String label = columns.getColumnLabel(column).toLowerCase(Locale.ROOT);
                if (!labels.add(label) || label.contains("_derived_")) {
                    return refused(Rule.SAME_LABEL, "output column %d".formatted(column));
                }
            }
            for (Use use : allowed.uses()) {
                List<Integer> found = columns(columns, use);
                if (found.isEmpty()) {
                    return refused(Rule.KEY_NOT_SELECTED, "a key of ORDER BY");
                }
                for (int column : found) {
                    String type = columns.getColumnTypeName(column).toLowerCase(Locale.ROOT);
                    if (!fits(use.purpose(), type, columns.getPrecision(column) > 0, order, use.ownName())) {
                        return refused(
                                Rule.KEY_TYPE,
                                "%s by output column %d of type %s%s"
                                        .formatted(
                                                words(use.purpose()),
                                                column,
                                                type,
                                                TEXT.contains(type)
                                                        ? ", which is not a table's column under its own name or has a collation other than \"C\""
                                                        : ""));
                    }
                    if (type.equals("timestamp")) {
                        local = inZone(use, column, type);
                    } else if (type.equals("date")) {
                        skipping = inZone(use, column, type);
                    }
                    if (TEXT.contains(type) && COMPARED.contains(use.purpose())) {
                        texts.add(column);
                    }
                }
            }
            return new Found(null, local, skipping, texts);
        }
    }

    private static Found refused(Rule rule, String found) {
        return new Found(new Refused(rule, found), null, null, Set.of());
    }

    private static Refused inZone(Use use, int column, String type) {
        return new Refused(
                Rule.KEY_TYPE,
                "%s by output column %d of type %s, some of which do not exist in the JVM's default time zone: run it in UTC, or cast timestamp to date"
                        .formatted(words(use.purpose()), column, type));
    }

    private static String words(Purpose purpose) {
        return purpose.toString().toLowerCase(Locale.ROOT).replace('_', ' ');
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
