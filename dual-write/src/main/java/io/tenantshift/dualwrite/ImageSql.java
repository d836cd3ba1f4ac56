package io.tenantshift.dualwrite;

import io.tenantshift.router.sql.Identifiers;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The SQL expressions by which a row becomes an image: the same for a captured write and for a copied row. Stateless.
 *
 * <p>Each value is written by its type's output function: {@code ::text} may be a user's cast, says {@code true} where
 * the output function says {@code t}, and trims {@code character(n)}. {@code format('%s', …)} calls the output function
 * but makes an empty string of null, so null is told apart before; {@code IS NULL} would also hold for a composite
 * value whose fields are all null, {@code IS NOT DISTINCT FROM NULL} does not. For the types that most columns have, the output function is
 * called by its name, which is quicker and keeps null null. All columns are qualified: a column may bear the table's name.
 */
public final class ImageSql {
    /** By the names of {@code format_type} without modifiers, which no type outside {@code pg_catalog} has. */
    private static final Map<String, String> OUTPUT_FUNCTIONS = Map.ofEntries(
            Map.entry("smallint", "int2out"),
            Map.entry("integer", "int4out"),
            Map.entry("bigint", "int8out"),
            Map.entry("boolean", "boolout"),
            Map.entry("numeric", "numeric_out"),
            Map.entry("real", "float4out"),
            Map.entry("double precision", "float8out"),
            Map.entry("timestamp without time zone", "timestamp_out"),
            Map.entry("timestamp with time zone", "timestamptz_out"),
            Map.entry("date", "date_out"),
            Map.entry("uuid", "uuid_out"),
            Map.entry("jsonb", "jsonb_out"),
            Map.entry("bytea", "byteaout"));

    private ImageSql() {}

    /** All values of the row that is called {@code reference}, in layout order, as {@code text[]}. */
    public static String values(Layout layout, String reference) {
        return layout.columns().stream()
                .map(column -> text(column, reference))
                .collect(Collectors.joining(", ", "ARRAY[", "]::pg_catalog.text[]"));
    }

    /** One value of the row that is called {@code reference}, as {@code text}; null stays null. */
    public static String text(Layout.Column column, String reference) {
        String value = Identifiers.quote(reference) + "." + Identifiers.quote(column.name());
        boolean varchar =
                column.type().startsWith("character varying") && !column.type().endsWith("]");
        if (column.type().equals("text") || varchar) {
            return value + "::pg_catalog.text";
        }
        String output = OUTPUT_FUNCTIONS.get(withoutModifiers(column.type()));
        if (output != null) {
            return "pg_catalog.textin(pg_catalog." + output + "(" + value + "))";
        }
        return "CASE WHEN " + value + " IS NOT DISTINCT FROM NULL THEN NULL ELSE pg_catalog.format('%s', " + value
                + ") END";
    }

    private static String withoutModifiers(String type) {
        int open = type.indexOf('(');
        return open < 0 ? type : type.substring(0, open) + type.substring(type.indexOf(')') + 1);
    }

    /** The key of the row that is called {@code reference}, as {@code text[]}: 1.0 and 1.00 are two. */
    public static String keys(Layout layout, String reference) {
        return layout.columns().stream()
                .filter(column -> layout.keyColumns().contains(column.name()))
                .map(column -> "(" + text(column, reference) + ") COLLATE pg_catalog.\"C\"")
                .collect(Collectors.joining(", ", "ARRAY[", "]::pg_catalog.text[]"));
    }
}
