package io.tenantshift.crossshard.internal.shape;

/** Why a statement is not fanned out. Each rule is a row of the documentation, and has a test. */
public enum Rule {
    NOT_A_QUERY("it is no query", "write for one tenant at a time, in its scope"),
    NOT_UNDERSTOOD("it was not understood in full", "write it in fewer words, or ask tenant by tenant"),
    LOCKING("it locks rows", "lock in the scope of one tenant"),
    SET_OPERATION("UNION, INTERSECT and EXCEPT compare rows of different shards", "run the queries one by one"),
    WITH("it begins with WITH", "write the part as a sub-query in FROM, or run the queries one by one"),
    UNKNOWN_TABLE(
            "a table is neither in a table group nor a reference table, or is named with its schema",
            "name tables of the groups without a schema"),
    NO_TENANT_TABLE("no table of a tenant is read", "run it on the router's own DataSource"),
    LATERAL("LATERAL, functions and VALUES in FROM", "join tables"),
    JOIN_ACROSS_TENANTS(
            "rows of different tenants may be joined, and they may be on different shards",
            "join on equal tenant columns"),
    KEPT_REFERENCE_ROWS(
            "an outer join keeps rows of a reference table, which every shard has",
            "begin FROM with a tenant's table, and join the reference table to it"),
    SUB_QUERY_ACROSS_TENANTS(
            "a sub-query sees the tenants of one shard only",
            "bind it to its row by equal tenant columns, or run it by itself"),
    SUB_QUERY_NOT_LOCAL(
            "a sub-query in FROM groups, sorts or limits rows of several tenants", "group it by the tenant column too"),
    AGGREGATE(
            "only count(*), count, sum, min and max, each an output column of its own, can be put together from several shards",
            "group by the tenant column, or fetch what it is made of"),
    AVERAGE("ShardingSphere rounds an average to four digits", "fetch sum and count and divide"),
    DISTINCT_AGGREGATE(
            "a distinct aggregate cannot be put together from several shards",
            "select the distinct values and count them"),
    HAVING(
            "HAVING would judge the parts of a group on each shard",
            "group by the tenant column too, or filter the result"),
    GROUPING("ROLLUP, CUBE and GROUPING SETS", "run one query for each grouping"),
    KEY_NOT_SELECTED("a column to group or order by is not in the output list", "select it"),
    NOT_GROUPED("an output column is neither grouped by nor an aggregate", "group by it"),
    DISTINCT_ON("DISTINCT ON takes a row of each shard", "fetch all and take the first"),
    WINDOW("a window spans tenants", "partition it by the tenant column"),
    LIMIT("LIMIT and OFFSET take plain numbers or parameters, in this order", "bind the number"),
    FUNCTION("a function is not known to give the same on every shard", "compute it in the service, and bind it"),
    EXPRESSION("an expression is of a kind that is not on the list", "compute it in the service, and bind it"),
    SAME_LABEL(
            "two output columns have one name, or one has the name of another's column, by which ShardingSphere takes one for the other",
            "give each a name of its own"),
    SYSTEM_COLUMN("system columns and session values differ from shard to shard", "leave them out"),
    KEY_TYPE(
            "the merge would compare or add values of this type in another way than the database",
            "cast it to a type of the list, or sort in the service"),
    WRITE_TARGET("what is written is no table of a tenant", "write reference tables shard by shard, as they are kept"),
    WRITE_FROM("rows of other tables decide what is written", "use a sub-query that is bound to its row's tenant"),
    WRITE_RETURNING("it returns rows", "read them, in a statement before"),
    WRITE_WITHOUT_CONDITION("it has no WHERE", "add WHERE true if every row of every tenant is meant"),
    WRITE_OF_TENANT("it changes a tenant column", "move rows by the migration, or copy them in the tenants' scopes"),
    WRITE_DEFAULT("a default may be another value on each shard", "bind the value");

    private final String meaning;
    private final String wayOut;

    Rule(String meaning, String wayOut) {
        this.meaning = meaning;
        this.wayOut = wayOut;
    }

    /** What is wrong with such a statement. */
    public String meaning() {
        return meaning;
    }

    /** What to do instead. */
    public String wayOut() {
        return wayOut;
    }
}
