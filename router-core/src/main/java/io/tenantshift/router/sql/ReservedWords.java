package io.tenantshift.router.sql;

import java.util.Set;

/** Words that PostgreSQL's grammar keeps from being names without quotes, of every version from 13 to 18. */
final class ReservedWords {
    /** May be no name of a column, table or alias: the reserved words and those kept for functions and types. */
    static final Set<String> NO_NAMES = Set.of(
            ("all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create"
                            + " current_catalog current_date current_role current_time current_timestamp current_user"
                            + " default deferrable desc distinct do else end except false fetch for foreign from grant"
                            + " group having in initially intersect into lateral leading limit localtime localtimestamp"
                            + " not null offset on only or order placing primary references returning select"
                            + " session_user some symmetric system_user table then to trailing true union unique user"
                            + " using variadic when where window with"
                            + " authorization binary collation concurrently cross current_schema freeze full ilike"
                            + " inner is isnull join left like natural notnull outer overlaps right similar tablesample"
                            + " verbose")
                    .split(" "));

    private ReservedWords() {}
}
