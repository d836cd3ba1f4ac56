package io.tenantshift.testkit.jdbc;

import java.sql.Array;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.NClob;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.RowId;
import java.sql.SQLXML;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The interfaces that a JDBC driver's objects implement. */
final class JdbcTypes {

    /** Those whose methods the suite answers for; the more special before the more general. */
    static final List<Class<?>> ACCOUNTED = List.of(
            DataSource.class,
            Connection.class,
            CallableStatement.class,
            PreparedStatement.class,
            Statement.class,
            ResultSet.class,
            ResultSetMetaData.class,
            ParameterMetaData.class,
            DatabaseMetaData.class,
            Savepoint.class,
            Array.class,
            Blob.class,
            NClob.class,
            Clob.class,
            SQLXML.class);

    private JdbcTypes() {}

    /** The most special interface of an object; empty for anything that is not an object of a driver. */
    static Optional<Class<?>> of(@Nullable Object value) {
        if (value instanceof RowId) {
            return Optional.of(RowId.class);
        }
        return ACCOUNTED.stream().filter(type -> type.isInstance(value)).findFirst();
    }
}
