package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.internal.Engine;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.TimerTask;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.CachedQuery;
import org.postgresql.core.Encoding;
import org.postgresql.core.QueryExecutor;
import org.postgresql.core.ReplicationProtocol;
import org.postgresql.core.TransactionState;
import org.postgresql.core.TypeInfo;
import org.postgresql.core.Version;
import org.postgresql.jdbc.FieldMetadata;
import org.postgresql.jdbc.TimestampUtils;
import org.postgresql.util.LruCache;
import org.postgresql.xml.PGXmlFactoryFactory;

/**
 * What PostgreSQL's driver asks of its own connections. Programs that hold a connection of the driver itself, and not of a pool, cast it
 * to this interface, most of all for {@code new CopyManager((BaseConnection) connection)}: the cast works here too. What hands out a part
 * of the driver that can send something is refused while the tenant's writes must enter, as in {@link PostgresConnection}; statements go
 * the way of all statements; everything else is asked of the connection that is bound. One thread at a time.
 */
abstract class DriversConnection extends PostgresConnection implements BaseConnection {
    DriversConnection(Engine engine, @Nullable String shardingKey) {
        super(engine, shardingKey);
    }

    // ------------------------------------------------------------ statements, as any other

    @Override
    public ResultSet execSQLQuery(String sql) throws SQLException {
        return execSQLQuery(sql, ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
    }

    @Override
    @SuppressWarnings("MustBeClosed") // the result needs its statement
    public ResultSet execSQLQuery(String sql, int type, int concurrency) throws SQLException {
        return createStatement(type, concurrency).executeQuery(sql);
    }

    @Override
    public void execSQLUpdate(String sql) throws SQLException {
        try (var statement = createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    // ------------------------------------------------------------ parts of the driver that can send something

    @Override
    public QueryExecutor getQueryExecutor() {
        return exposedUnchecked("the driver's query executor").getQueryExecutor();
    }

    @Override
    public ReplicationProtocol getReplicationProtocol() {
        return exposedUnchecked("the replication protocol").getReplicationProtocol();
    }

    @Override
    public TypeInfo getTypeInfo() {
        return exposedUnchecked("the driver's types").getTypeInfo();
    }

    @Override
    public LruCache<FieldMetadata.Key, FieldMetadata> getFieldMetadataCache() {
        return exposedUnchecked("the driver's metadata of fields").getFieldMetadataCache();
    }

    @Override
    public CachedQuery createQuery(String sql, boolean escapeProcessing, boolean isParameterized, String... columnNames)
            throws SQLException {
        return exposed("a query of the driver")
                .driver()
                .createQuery(sql, escapeProcessing, isParameterized, columnNames);
    }

    @Override
    public void setFlushCacheOnDeallocate(boolean flushCacheOnDeallocate) {
        exposedUnchecked("changing the driver's cache of statements").setFlushCacheOnDeallocate(flushCacheOnDeallocate);
    }

    // ------------------------------------------------------------ asked

    @Override
    public Object getObject(String type, @Nullable String value, byte @Nullable [] byteValue) throws SQLException {
        return asked().getObject(type, value, byteValue);
    }

    @Override
    public Encoding getEncoding() throws SQLException {
        return asked().getEncoding();
    }

    @Override
    public boolean haveMinimumServerVersion(int version) {
        return askedUnchecked().haveMinimumServerVersion(version);
    }

    @Override
    public boolean haveMinimumServerVersion(Version version) {
        return askedUnchecked().haveMinimumServerVersion(version);
    }

    @Override
    public byte[] encodeString(String text) throws SQLException {
        return asked().encodeString(text);
    }

    @Override
    public String escapeString(String text) throws SQLException {
        return asked().escapeString(text);
    }

    @Override
    public boolean getStandardConformingStrings() {
        return askedUnchecked().getStandardConformingStrings();
    }

    @Override
    @Deprecated // as in the interface
    @SuppressWarnings("InlineMeSuggester") // it is the interface that deprecates it
    public TimestampUtils getTimestampUtils() {
        return askedUnchecked().getTimestampUtils();
    }

    @Override
    public Logger getLogger() {
        return askedUnchecked().getLogger();
    }

    @Override
    public boolean getStringVarcharFlag() {
        return askedUnchecked().getStringVarcharFlag();
    }

    @Override
    public TransactionState getTransactionState() {
        return askedUnchecked().getTransactionState();
    }

    @Override
    public boolean binaryTransferSend(int oid) {
        return askedUnchecked().binaryTransferSend(oid);
    }

    @Override
    public boolean isColumnSanitiserDisabled() {
        return askedUnchecked().isColumnSanitiserDisabled();
    }

    @Override
    public void addTimerTask(TimerTask timerTask, long milliSeconds) {
        askedUnchecked().addTimerTask(timerTask, milliSeconds);
    }

    @Override
    public void purgeTimerTasks() {
        askedUnchecked().purgeTimerTasks();
    }

    @Override
    public boolean hintReadOnly() {
        return askedUnchecked().hintReadOnly();
    }

    @Override
    public PGXmlFactoryFactory getXmlFactoryFactory() throws SQLException {
        return asked().getXmlFactoryFactory();
    }

    @Override
    public boolean getLogServerErrorDetail() {
        return askedUnchecked().getLogServerErrorDetail();
    }

    @Override
    public boolean getConvertBooleanToNumeric() {
        return askedUnchecked().getConvertBooleanToNumeric();
    }
}
