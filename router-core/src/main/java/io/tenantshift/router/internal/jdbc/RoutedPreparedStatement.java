package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.Placement;
import io.tenantshift.router.internal.jdbc.Unit.Form;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.router.sql.TableName;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGStatement;

/**
 * A logical prepared statement: one text, prepared on whatever connection each execution binds, and kept there as long as the same text
 * goes to the same connection again. The driver's own cache finds the server's prepared statement by the text.
 */
class RoutedPreparedStatement extends RecordingPreparedStatement {
    private final Analysis analysis;
    private @Nullable Parameters parameters;

    RoutedPreparedStatement(RoutedConnection connection, Analysis analysis, StatementSettings settings) {
        super(connection, settings);
        this.analysis = analysis;
    }

    final Analysis analysis() {
        return analysis;
    }

    // ------------------------------------------------------------ making

    @Override
    PreparedStatement make(ShardConnection where, StatementSettings with) throws SQLException {
        return prepare(where.delegate(), analysis.sql(), with.type, with, with.keys);
    }

    /** Prepares a text as the caller asked for it. */
    PreparedStatement prepare(Connection driver, String text, int type, StatementSettings with, KeysRequest keys)
            throws SQLException {
        if (keys instanceof KeysRequest.Columns columns) {
            return driver.prepareStatement(text, columns.names().toArray(String[]::new));
        }
        if (keys == KeysRequest.ALL) {
            return driver.prepareStatement(text, Statement.RETURN_GENERATED_KEYS);
        }
        return with == StatementSettings.PLAIN && type == with.type
                ? driver.prepareStatement(text)
                : driver.prepareStatement(text, type, with.concurrency, with.holdability);
    }

    @Override
    void tell(Statement made) throws SQLException {
        super.tell(made);
        if (parameters != null) {
            parameters.bind((PreparedStatement) made, 0);
        }
    }

    private @Nullable PreparedStatement livePrepared() throws SQLException {
        return (PreparedStatement) live();
    }

    private Parameters parameters() {
        Parameters known = parameters;
        if (known == null) {
            ShardConnection where = where();
            known = where == null ? new Parameters() : where.parameters();
            parameters = known;
        }
        return known;
    }

    @Override
    void released() {
        Parameters known = parameters;
        ShardConnection lender = known == null ? null : known.lender();
        if (known != null && lender != null && routed().holds(lender)) {
            lender.handBack(known);
        }
        parameters = null;
    }

    // ------------------------------------------------------------ parameters

    @Override
    final void record(int index, Parameters.Setter setter, @Nullable Object value, long number) throws SQLException {
        PreparedStatement live = livePrepared();
        if (live != null) {
            setter.set(live, index, value, number);
        } else {
            checkIndex(index);
        }
        parameters().record(index, setter, value, number);
    }

    @Override
    final void recordOnce(int index, Parameters.Setter setter) throws SQLException {
        Parameters.Once once = new Parameters.Once(setter);
        PreparedStatement live = livePrepared();
        if (live != null && takesStreams()) {
            once.set(live, index, null, 0);
        } else {
            checkOpen();
            checkIndex(index);
        }
        parameters().recordOnce(index, once);
    }

    /** Whether the driver's statement can be expected to be the one that is executed: it reads a stream up, and only once. */
    private boolean takesStreams() throws SQLException {
        return !analysis.staysBehind() && routed().isCurrent(where());
    }

    private void checkIndex(int index) throws SQLException {
        int count = analysis.facts().parameterCount();
        if (index < 1 || index > count) {
            throw DriverErrors.invalid(
                    "The column index is out of range: %d, number of columns: %d.".formatted(index, count));
        }
    }

    @Override
    public void clearParameters() throws SQLException {
        PreparedStatement known = livePrepared();
        if (known == null && routed().holds(where())) {
            // Whatever it was made for, it is executed again with what is set then.
            known = prepared();
        }
        if (known != null) {
            known.clearParameters();
        }
        if (parameters != null) {
            parameters.clear();
        }
    }

    // ------------------------------------------------------------ execution

    private @Nullable PreparedStatement direct() throws SQLException {
        return (PreparedStatement) direct(analysis, parameters);
    }

    private boolean runPrepared(Call call) throws SQLException {
        return run(analysis, settings(), parameters(), call);
    }

    @Override
    public ResultSet executeQuery() throws SQLException {
        boolean fresh = !routed().inTransaction();
        PreparedStatement direct = direct();
        if (direct != null) {
            try {
                ResultSet result = shown(direct.executeQuery());
                if (result != null) {
                    return result;
                }
            } catch (SQLException e) {
                runsAgain(e, fresh);
            }
        }
        runPrepared(Call.QUERY);
        return rows();
    }

    @Override
    public int executeUpdate() throws SQLException {
        boolean fresh = !routed().inTransaction();
        PreparedStatement direct = direct();
        if (direct != null) {
            try {
                return direct.executeUpdate();
            } catch (SQLException e) {
                runsAgain(e, fresh);
            }
        }
        runPrepared(Call.UPDATE);
        return updated();
    }

    @Override
    public long executeLargeUpdate() throws SQLException {
        boolean fresh = !routed().inTransaction();
        PreparedStatement direct = direct();
        if (direct != null) {
            try {
                return direct.executeLargeUpdate();
            } catch (SQLException e) {
                runsAgain(e, fresh);
            }
        }
        runPrepared(Call.UPDATE);
        return updatedLarge();
    }

    @Override
    public boolean execute() throws SQLException {
        boolean fresh = !routed().inTransaction();
        PreparedStatement direct = direct();
        if (direct != null) {
            try {
                return direct.execute();
            } catch (SQLException e) {
                runsAgain(e, fresh);
            }
        }
        return runPrepared(Call.ANY);
    }

    @Override
    boolean executePrepared(
            ShardConnection where,
            Placement placement,
            Sending sending,
            StatementSettings with,
            Parameters values,
            Call call)
            throws SQLException {
        PreparedStatement statement = preparedOn(where, sending, with);
        if (sending.enters()) {
            statement.setString(1, placement.tenant());
            statement.setLong(2, placement.epoch());
        }
        values.bind(statement, sending.parameterOffset());
        if (!sending.isPlain()) {
            return statement.execute();
        }
        return switch (call) {
            case ANY -> statement.execute();
            case QUERY -> {
                statement.executeQuery();
                yield true;
            }
            case UPDATE -> {
                statement.executeUpdate();
                yield false;
            }
        };
    }

    private PreparedStatement preparedOn(ShardConnection where, Sending sending, StatementSettings with)
            throws SQLException {
        Sending wanted = sending.isCallersOwn(analysis, with) ? null : sending;
        PreparedStatement known = prepared();
        if (known != null && isOn(where) && isMadeFor(wanted) && !known.isClosed()) {
            return known;
        }
        drop(where);
        int type = sending.rowsAreKeys() ? ResultSet.TYPE_SCROLL_INSENSITIVE : with.type;
        PreparedStatement made = prepare(where.delegate(), sending.text(), type, with, sending.keys());
        with.applyTo(made, sending.isPlain());
        if (sending.rowsAreKeys()) {
            // The keys are as many as the rows that were written, whatever limit a query would have.
            made.setMaxRows(0);
        }
        if (sending.capturedRows() && sending.enters()) {
            // Named statements with unbounded columns cost three flushes from the sixth execution on.
            made.unwrap(PGStatement.class).setPrepareThreshold(0);
        }
        take(where, made, wanted);
        return made;
    }

    // ------------------------------------------------------------ batch

    @Override
    public void addBatch() throws SQLException {
        PreparedStatement live = livePrepared();
        Batch filling = batchToFill();
        boolean complete = parameters().isRepeatable() || takesStreams();
        if (live != null && complete && filling.heldBy(live) == filling.entries.size()) {
            live.addBatch();
            filling.handedTo(live);
        }
        filling.entries.add(parameters().snapshot());
    }

    @Override
    <R> R batch(Direct<Statement, R> execution, Function<long[], R> ofCounts) throws SQLException {
        checkOpen();
        Batch taken = takeBatch();
        if (taken == null || taken.entries.isEmpty()) {
            clearResults();
            return ofCounts.apply(new long[0]);
        }
        List<Parameters> entries = taken.entries;
        boolean fresh = !routed().inTransaction();
        PreparedStatement direct = directBatch(entries);
        if (direct != null) {
            try {
                int held = taken.heldBy(direct);
                if (held < entries.size()) {
                    hand(direct, entries.subList(held, entries.size()));
                }
                return execution.execute(direct);
            } catch (SQLException e) {
                runsAgain(e, fresh);
            }
        }
        PreparedStatement live = livePrepared();
        if (live != null) {
            live.clearBatch();
        }
        clearResults();
        return routed().run(new BatchUnit<R>() {
            @Override
            public String tenant(Guard guard, @Nullable String declared) throws SQLException {
                String tenant = guard.tenant(analysis, entries.get(0), declared);
                for (Parameters entry : entries) {
                    guard.checkSame(tenant, guard.tenant(analysis, entry, declared));
                }
                return tenant;
            }

            @Override
            public void audited(Guard guard, String tenant, boolean declared, boolean crosses) {
                guard.audit(analysis, entries.get(0), tenant, declared, crosses);
            }

            @Override
            public boolean staysBehind() {
                return analysis.staysBehind();
            }

            @Override
            public Set<TableName> neededFromLegacyShard() {
                return analysis.mixes() ? analysis.behind() : Set.of();
            }

            @Override
            public boolean isRepeatable() {
                return entries.stream().allMatch(Parameters::isRepeatable);
            }

            @Override
            public R execute(ShardConnection where, Form form) throws SQLException {
                Sending sending = Sending.of(engine(), where.placement(), Form.PLAIN, analysis, settings())
                        .inBatch();
                if (analysis.changesSession()) {
                    where.change();
                }
                boolean several = entries.size() > 1 && entries.stream().allMatch(entry -> isComplete(entry));
                BatchBlocks blocks = several ? BatchBlocks.of(sending, analysis, where) : null;
                if (blocks != null) {
                    return ofCounts.apply(inBlocks(where, blocks, entries));
                }
                PreparedStatement statement = preparedOn(where, sending, settings());
                noOwnResults();
                hand(statement, entries);
                try {
                    return execution.execute(statement);
                } catch (SQLException e) {
                    throw ErrorPositions.corrected(e, where, sending, analysis, "", true);
                }
            }
        });
    }

    /** Hands entries to the driver's statement. What the caller has set since he added them is there afterwards as it was. */
    private void hand(PreparedStatement statement, List<Parameters> entries) throws SQLException {
        try {
            for (Parameters entry : entries) {
                forgetOthers(statement, entry);
                entry.bind(statement, 0);
                statement.addBatch();
            }
            setAgain(statement, entries);
        } catch (SQLException | RuntimeException e) {
            // The caller's batch is over: its entries are not to be in the next one.
            statement.clearBatch();
            throw e;
        }
    }

    private void setAgain(PreparedStatement statement, List<Parameters> entries) throws SQLException {
        Parameters current = parameters();
        if (isForOwnText() && !current.isSameAs(entries.get(entries.size() - 1))) {
            forgetOthers(statement, current);
            current.bindAgain(statement);
        }
    }

    /** Lets the driver refuse what lacks a value, in place of sending another entry's. Out parameters of calls never have one. */
    private void forgetOthers(PreparedStatement statement, Parameters next) throws SQLException {
        if (!isComplete(next) && !(statement instanceof CallableStatement)) {
            statement.clearParameters();
        }
    }

    private boolean isComplete(Parameters entry) {
        return entry.isComplete(analysis.facts().parameterCount());
    }

    /** Executes statements of several rows; those of the same size in one batch of the driver's. */
    private long[] inBlocks(ShardConnection where, BatchBlocks blocks, List<Parameters> entries) throws SQLException {
        long[] counts = new long[entries.size()];
        List<Integer> sizes = blocks.sizes(entries.size());
        int done = 0;
        for (int block = 0; block < sizes.size(); ) {
            int size = sizes.get(block);
            int first = done;
            Sending sending = blocks.sending(size);
            PreparedStatement statement = preparedOn(where, sending, settings());
            noOwnResults();
            try {
                for (; block < sizes.size() && sizes.get(block) == size; block++) {
                    for (int i = 0; i < size; i++) {
                        entries.get(done++).bind(statement, i * blocks.parameters());
                    }
                    statement.addBatch();
                }
            } catch (SQLException | RuntimeException e) {
                statement.clearBatch();
                throw e;
            }
            try {
                for (long written : statement.executeLargeBatch()) {
                    BatchBlocks.note(counts, first, size, written);
                    first += size;
                }
            } catch (SQLException e) {
                SQLException corrected = ErrorPositions.corrected(e, where, sending, analysis, "", true);
                throw BatchBlocks.failed(corrected, entries.size());
            }
        }
        return counts;
    }

    /** The driver's statement if every entry may be executed on it as it is. */
    private @Nullable PreparedStatement directBatch(List<Parameters> entries) throws SQLException {
        if (!analysis.tenants().values().isEmpty()) {
            for (Parameters entry : entries) {
                if (!routed().isDirect(analysis, entry, settings())) {
                    return null;
                }
            }
        }
        PreparedStatement before = prepared();
        PreparedStatement direct = (PreparedStatement) direct(analysis, entries.get(0));
        return direct != before && before != null ? null : direct;
    }

    // ------------------------------------------------------------ questions

    @Override
    public @Nullable ResultSetMetaData getMetaData() throws SQLException {
        return askedPrepared().getMetaData();
    }

    @Override
    public ParameterMetaData getParameterMetaData() throws SQLException {
        return askedPrepared().getParameterMetaData();
    }

    private PreparedStatement askedPrepared() throws SQLException {
        return (PreparedStatement) asked();
    }

    // A prepared statement has its text already: JDBC refuses to give it another.

    private SQLException notOnPrepared() throws SQLException {
        checkOpen();
        return DriverErrors.textOnPrepared();
    }

    @Override
    public ResultSet executeQuery(String other) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public int executeUpdate(String other) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public int executeUpdate(String other, int keys) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public int executeUpdate(String other, int @Nullable [] columns) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public int executeUpdate(String other, String @Nullable [] columns) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public boolean execute(String other) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public boolean execute(String other, int keys) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public boolean execute(String other, int @Nullable [] columns) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public boolean execute(String other, String @Nullable [] columns) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public long executeLargeUpdate(String other) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public long executeLargeUpdate(String other, int keys) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public long executeLargeUpdate(String other, int @Nullable [] columns) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public long executeLargeUpdate(String other, String @Nullable [] columns) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public void addBatch(String other) throws SQLException {
        throw notOnPrepared();
    }

    /** As the driver's, with the parameters in it, if its statement has been made; else the text. */
    @Override
    public String toString() {
        PreparedStatement known = isForOwnText() && routed().holds(where()) ? prepared() : null;
        return known == null ? analysis.sql() : known.toString();
    }
}
