package io.tenantshift.router.sql;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known about one SQL text. Immutable.
 *
 * @param kind what the statement does
 * @param sure false if some part was not understood; then {@code tables} and {@code modification} may be incomplete,
 *     and whoever needs them must refuse. The kind errs towards writing either way
 * @param touchesSession whether a function is called that leaves or reads session state, or writes outside tables:
 *     {@code set_config}, session-level advisory locks, sequences, notifications, large objects
 * @param leavesInSession whether one of those leaves something in the session that outlives its transaction. Numbers that were drawn from
 *     a sequence do not count, nor does {@code set_config(…, true)}
 * @param jdbcEscape whether a JDBC escape such as <code>{fn …}</code> or <code>{ts …}</code> is present
 * @param leadingWith whether the statement begins with {@code WITH}
 * @param tables the tables read or written, without names that a {@code WITH} defines. For {@link StatementKind#DDL},
 *     {@link StatementKind#COPY} and {@link StatementKind#SESSION}: every name in the text, keywords included, for
 *     there the grammar is not followed
 * @param modification set for {@code INSERT}, {@code UPDATE}, {@code DELETE} and {@code MERGE} that were understood
 * @param parameterCount the number of {@code ?} placeholders
 * @param start offset of the first token
 * @param end offset after the last token; a trailing semicolon and comments are left out
 */
public record SqlFacts(
        StatementKind kind,
        boolean sure,
        boolean touchesSession,
        boolean leavesInSession,
        boolean jdbcEscape,
        boolean leadingWith,
        Set<TableName> tables,
        @Nullable Modification modification,
        int parameterCount,
        int start,
        int end) {
    public SqlFacts {
        tables = Set.copyOf(tables);
    }
}
