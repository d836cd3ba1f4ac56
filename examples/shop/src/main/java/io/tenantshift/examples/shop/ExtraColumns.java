package io.tenantshift.examples.shop;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The columns that merchants add to their orders, one of every sort, all nullable. Their values follow from a token. Stateless. */
final class ExtraColumns {
    /** In the order of {@link #bind}. */
    static final String NAMES =
            "x_flag, x_small, x_int, x_big, x_real, x_double, x_numeric, x_char, x_varchar, x_text, x_bytes, x_date, "
                    + "x_time, x_timestamp, x_moment, x_interval, x_uuid, x_json, x_inet, x_numbers, x_words";

    /** A parameter for each. */
    static final String PARAMETERS = String.join(", ", Collections.nCopies(21, "?"));

    private ExtraColumns() {}

    /** Sets the parameters from {@code first} on; all to null without a token. */
    static void bind(PreparedStatement statement, int first, @Nullable UUID token) throws SQLException {
        int at = first;
        for (Object value : token == null ? Collections.nCopies(21, null) : values(token)) {
            if (value == null) {
                statement.setNull(at++, Types.OTHER);
            } else if (value instanceof Text text) {
                statement.setObject(at++, text.text(), Types.OTHER);
            } else if (value instanceof Listed list) {
                statement.setArray(
                        at++,
                        statement
                                .getConnection()
                                .createArrayOf(list.type(), list.values().toArray()));
            } else {
                statement.setObject(at++, value);
            }
        }
    }

    /** Adds them to a row of {@code COPY}. */
    static void copy(@Nullable UUID token, CopyLine row) {
        for (Object value : token == null ? Collections.nCopies(21, null) : values(token)) {
            if (value instanceof byte[] bytes) {
                row.bytes(bytes);
            } else if (value instanceof Listed list) {
                row.array(list.values());
            } else {
                row.add(value instanceof Text text ? text.text() : value);
            }
        }
    }

    private static List<@Nullable Object> values(UUID token) {
        long a = token.getMostSignificantBits();
        long b = token.getLeastSignificantBits();
        LocalDate day = LocalDate.of(1990, 1, 1).plusDays(a >>> 50);
        LocalTime time = LocalTime.ofNanoOfDay(1_000L * (b >>> 30));
        List<@Nullable Object> values = new ArrayList<>(Arrays.asList(
                a > b,
                (short) a,
                (int) b,
                a,
                (float) a / 3,
                (double) b / 7,
                BigDecimal.valueOf(a, (int) (b & 31)),
                "%4x".formatted(b & 0xfff),
                "v " + token,
                "Grüße, \"%s\"\n\tand \\ back; it's 100 %%".formatted(token),
                ByteBuffer.allocate(16).putLong(a).putLong(b).array(),
                day,
                time,
                LocalDateTime.of(day, time),
                OffsetDateTime.of(day, time, ZoneOffset.ofHours((int) (a & 7))),
                new Text("%d days %d seconds".formatted(a & 1023, b & 4095)),
                token,
                new Text("{\"b\": %d,  \"a\": [1.0, null], \"b\": 2}".formatted(a)),
                new Text("10.%d.%d.1/24".formatted(a & 255, b & 255)),
                new Listed("numeric", List.of(BigDecimal.valueOf(a, 3), new BigDecimal("1.00"))),
                new Listed("text", List.of(token.toString(), "", "NULL", "a,b", "{\"}"))));
        for (int i = 0; i < values.size(); i++) {
            if ((a >>> i & 3) == 0) {
                values.set(i, null);
            }
        }
        return values;
    }

    /** A value that Java has no type for, as PostgreSQL writes it. */
    private record Text(String text) {}

    private record Listed(String type, List<?> values) {}
}
