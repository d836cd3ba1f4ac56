package io.tenantshift.benchmarks.stub;

import java.sql.ResultSetMetaData;
import java.sql.Types;
import java.util.List;

/** The columns of {@link StubResultSet}. {@link Generated} refuses every other method. Immutable. */
public abstract class StubResultSetMetaData implements ResultSetMetaData {
    private static final List<String> NAMES = List.of("id", "name", "amount");

    @Override
    public int getColumnCount() {
        return NAMES.size();
    }

    @Override
    public String getColumnLabel(int column) {
        return NAMES.get(column - 1);
    }

    @Override
    public String getColumnName(int column) {
        return NAMES.get(column - 1);
    }

    @Override
    public int getColumnType(int column) {
        return column == 2 ? Types.VARCHAR : Types.BIGINT;
    }

    @Override
    public String getTableName(int column) {
        return "account";
    }
}
