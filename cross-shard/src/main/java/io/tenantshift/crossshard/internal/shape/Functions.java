package io.tenantshift.crossshard.internal.shape;

import java.util.Set;

/** The functions that are known: the same on every shard for the same values, and without effect. */
final class Functions {
    /** Aggregates that can be put together from several shards. */
    static final Set<String> MERGED = Set.of("count", "sum", "min", "max");

    /** Aggregates that are right where all rows of a group are on one shard. */
    static final Set<String> AGGREGATES = Set.of(
            ("count sum min max avg array_agg string_agg bool_and bool_or every bit_and bit_or stddev stddev_pop stddev_samp"
                            + " variance var_pop var_samp corr covar_pop covar_samp regr_slope regr_intercept regr_r2 json_agg"
                            + " jsonb_agg json_object_agg jsonb_object_agg percentile_cont percentile_disc mode")
                    .split(" "));

    /** What may stand before OVER beside the aggregates. */
    static final Set<String> WINDOW =
            Set.of("row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value"
                    .split(" "));

    static final Set<String> PLAIN = Set.of(
            ("abs ceil ceiling floor round trunc mod power sqrt sign greatest least coalesce nullif lower upper initcap length"
                            + " char_length character_length octet_length substr substring left right lpad rpad trim btrim ltrim"
                            + " rtrim replace translate split_part concat concat_ws strpos position starts_with reverse repeat"
                            + " md5 date_trunc date_part extract make_date cardinality array_length array_to_string"
                            + " jsonb_extract_path_text json_extract_path_text jsonb_array_length json_array_length"
                            + " jsonb_typeof")
                    .split(" "));

    private Functions() {}
}
