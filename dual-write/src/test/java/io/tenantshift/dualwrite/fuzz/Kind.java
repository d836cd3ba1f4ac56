package io.tenantshift.dualwrite.fuzz;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;

/** A type of column: how it is declared, which values it is given as text and as parameters, and what is computed from it. */
@SuppressWarnings("ImmutableEnumChecker") // List.of cannot be changed, which its type does not say
enum Kind {
    INT(
            "integer",
            "?",
            List.of(1, 2, 3, -4, Integer.MAX_VALUE),
            List.of("0", "1", "-7", "+3", "2147483647", "abs(-3)", "2 * 3", "(4)", "1::int8", "'5'"),
            List.of("%s + 1", "coalesce(%s, 5) * 2", "-%s", "case when %s > 2 then 1 else 0 end")),
    LONG(
            "bigint",
            "?",
            List.of(1L, 2L, 3L, -4L, Long.MAX_VALUE),
            List.of("0", "12", "9223372036854775807", "- 1", "length('abc')"),
            List.of("%s + 1", "%s - -1", "greatest(%s, 3)")),
    NUM(
            "numeric(10,2)",
            "?",
            List.of(new BigDecimal("1.5"), new BigDecimal("-99999.99"), BigDecimal.ZERO),
            List.of("1.50", "0", "7.005", ".5", "1e3", "12345678.90"),
            List.of("%s * 1.1", "round(%s)", "%s / 3")),
    NUMERIC(
            "numeric",
            "?",
            List.of(new BigDecimal("1.500"), new BigDecimal("123456789012345678901234567890.123450")),
            List.of("1.0", "1.00", "'NaN'", "1e-20", "100000000000000000000"),
            List.of("%s + 0.10", "-%s")),
    DOUBLE(
            "double precision",
            "?",
            List.of(1.5d, 0.1d + 0.2d, -0.0d, Double.MAX_VALUE, Double.NaN),
            List.of("0.1", "'-Infinity'", "1e300", "'-0'", "1::real / 3"),
            List.of("%s * 3", "%s - 0.1")),
    TEXT(
            "text",
            "?",
            List.of("x", "", " blanks  ", "it's", "a?b", "NULL", "é€\uD83D\uDE00", "{1,2}", "line\nline", "\\"),
            List.of(
                    "'x'",
                    "''",
                    "'  blank '",
                    "'it''s'",
                    "E'tab\\t\\'q'",
                    "$$dollar '?' ; --$$",
                    "$q$ /* $$ $q$",
                    "U&'\\0061\\00e9'",
                    "'a?b'",
                    "'returning *'",
                    "'tenantshift.journal'",
                    "upper('é')",
                    "cast(7 as text)",
                    "'a' || 'b'",
                    "null"),
            List.of("%s || 'x'", "upper(%s)", "left(coalesce(%s, ''), 3)", "coalesce(%s, 'none')")),
    VARCHAR(
            "varchar(20)",
            "?",
            List.of("v", "", "twenty characters !!", "much longer than twenty characters"),
            List.of("'v'", "'trail  '", "'null'", "null"),
            List.of("substr(%s, 1, 2)", "%s || '.'")),
    CHAR(
            "char(5)",
            "?",
            List.of("c", "", "five5", "more than five"),
            List.of("'c'", "'c  '", "''", "null"),
            List.of("upper(%s)")),
    BOOL(
            "boolean",
            "?",
            List.of(true, false),
            List.of("true", "false", "null", "1 = 1", "'yes'", "not true"),
            List.of("not %s", "%s is null", "%s and true")),
    DATE(
            "date",
            "?",
            List.of(LocalDate.of(2024, 2, 29), LocalDate.of(1, 1, 1)),
            List.of("'2024-02-29'", "date '1999-12-31'", "'infinity'", "'0044-03-15 BC'", "{d '2020-01-02'}"),
            List.of("%s + 1", "%s - 30")),
    STAMP(
            "timestamptz",
            "?",
            List.of(
                    new Timestamp(1_700_000_000_123L),
                    new Timestamp(0),
                    OffsetDateTime.parse("2024-03-31T02:30:00.123456+02:00")),
            List.of("'2024-03-31 02:30+02'", "'-infinity'", "to_timestamp(0)", "{ts '2020-01-02 03:04:05'}"),
            List.of("%s + interval '1 day'")),
    SPAN(
            "interval",
            "?::interval",
            List.of("1 day", "-3 mons 4 days", "00:00:01.5"),
            List.of("'1 year 2 mons -3 days 04:05:06.789'", "interval '5 min'"),
            List.of("%s * 2", "-%s")),
    JSONB(
            "jsonb",
            "?::jsonb",
            List.of("{\"k\": 1}", "null", "[1, \"?\"]", "\"s\""),
            List.of("'{\"b\": [1, 2.50], \"k\": null}'", "'{}'", "jsonb_build_object('k', 1)", "null"),
            List.of("%s || '{\"k\": 2}'", "%s - 'k'", "jsonb_set(%s, '{k}', '3')")),
    JSON("json", "?::json", List.of("{\"a\" : 1,  \"a\": 2}"), List.of("'{ \"a\" : 1 }'", "'null'"), List.of("%s")),
    UUID_(
            "uuid",
            "?",
            List.of(UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), new UUID(0, 1)),
            List.of("'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "null"),
            List.of("%s")),
    BYTES(
            "bytea",
            "?",
            List.of(new byte[] {0, -1, 16}, new byte[0], "text".getBytes(StandardCharsets.UTF_8)),
            List.of("'\\x00ff'", "decode('aGk=', 'base64')", "''"),
            List.of("%s || '\\x01'")),
    INTS(
            "integer[]",
            "?::integer[]",
            List.of("{1,2}", "{}", "[0:1]={NULL,3}"),
            List.of("'{1,NULL}'", "array[1, 2, 3]", "array[]::int[]", "'{{1,2},{3,4}}'"),
            List.of("%s || 5", "array_remove(%s, 1)")),
    TEXTS(
            "text[]",
            "?::text[]",
            List.of("{a,\"b,c\"}", "{NULL,\"NULL\",\"\"}"),
            List.of("array['q\"q', '{', null, ' s ']", "'{}'"),
            List.of("%s || 'z'::text", "%s[1:1]")),
    MOOD("mood", "?::mood", List.of("ok", "so so"), List.of("'ok'", "'so so'", "null"), List.of("%s")),
    PAIR(
            "pair",
            "?::pair",
            List.of("(1,b)", "(,)"),
            List.of("row(1, 'a \"b\", (c)')::pair", "'(2,)'", "row(null, null)::pair", "null"),
            List.of("%s")),
    AMOUNT(
            "amount",
            "?",
            List.of(new BigDecimal("3.1"), new BigDecimal("-1")),
            List.of("5", "-1", "0.10"),
            List.of("%s + 1")),
    RANGE(
            "int4range",
            "?::int4range",
            List.of("[1,5)", "empty"),
            List.of("'[1,10]'", "'(,)'", "null"),
            List.of("%s * '[2,4)'")),
    ADDRESS("inet", "?::inet", List.of("10.0.0.1"), List.of("'10.0.0.1/8'", "'::1'"), List.of("%s + 1"));

    /** What a key may be: these have few values that meet again and again. */
    static final List<Kind> KEYS = List.of(INT, LONG, TEXT, UUID_, NUMERIC);

    final String type;
    final String placeholder;
    final List<?> parameters;
    final List<String> literals;
    /** With {@code %s} for the column. */
    final List<String> expressions;

    Kind(String type, String placeholder, List<?> parameters, List<String> literals, List<String> expressions) {
        this.type = type;
        this.placeholder = placeholder;
        this.parameters = parameters;
        this.literals = literals;
        this.expressions = expressions;
    }
}
