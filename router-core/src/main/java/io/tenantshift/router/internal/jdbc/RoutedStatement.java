package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.Placement;
import io.tenantshift.router.internal.Engine;
import io.tenantshift.router.internal.jdbc.Unit.Form;
import io.tenantshift.router.internal.jdbc.Unit.Need;
import io.tenantshift.router.spi.ReadObserver;
import io.tenantshift.router.spi.ReadObserver.RowCollector;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.router.sql.StatementKind;
import io.tenantshift.router.sql.TableName;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * A logical statement. Where the shard is known and nothing moves it has the driver's own statement from the start, and hands every call
 * to it; otherwise it records what it is told, makes the driver's statement when it is executed, on whatever connection the session then
 * binds, and reads the caller's result out of it by position. One thread at a time, but {@link #cancel()} from any.
 */
class RoutedStatement extends ToldStatement {
    private static final VarHandle PHYSICAL;

    static {
        try {
            PHYSICAL = MethodHandles.lookup().findVarHandle(RoutedStatement.class, "physical", Statement.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final RoutedConnection connection;
    /** Written with release, read by {@link #cancel()} with acquire, so that the ordinary path pays no fence. */
    private @Nullable Statement physical;
    /** Where {@code physical} was made. */
    private @Nullable ShardConnection on;
    /** Made with the first of what it holds. */
    private @Nullable Seldom seldom;
    /** The result that was shown last. */
    private @Nullable RoutedResultSet shown;

    @Nullable
    RoutedStatement newer;

    @Nullable
    RoutedStatement older;

    private boolean closed;
    private boolean closedWithConnection;
    private boolean closesWithResult;

    /**
     * What few statements ever have: every statement would carry it through the memory. Nor is it in the signature of what every
     * statement calls: as long as nobody has needed such a class it is not loaded, and calls that name it are not compiled into their
     * callers.
     */
    private static final class Seldom {
        private @Nullable Sending madeFor;
        /** What {@link StatementSettings#changes} was then. */
        private int changes;

        private @Nullable OwnResults own;
        private @Nullable Batch batch;
    }

    RoutedStatement(RoutedConnection connection, StatementSettings settings) {
        super(settings);
        this.connection = connection;
    }

    /** Which of JDBC's three ways the caller used; they differ in what they refuse. */
    enum Call {
        ANY,
        QUERY,
        UPDATE
    }

    /** An execution on the driver's own statement. */
    @FunctionalInterface
    interface Direct<S extends Statement, R> {
        R execute(S statement) throws SQLException;
    }

    /** What the caller is given after an execution that was not direct. */
    @FunctionalInterface
    interface Outcome<R> {
        R get() throws SQLException;
    }

    final Engine engine() {
        return connection.engine();
    }

    final RoutedConnection routed() {
        return connection;
    }

    // ------------------------------------------------------------ the driver's statement

    /** Makes the driver's statement at once if it is known where. */
    final void makeEarly() throws SQLException {
        ShardConnection where = connection.early();
        if (where != null) {
            take(where, make(where, settings()));
        } else if (settings() != StatementSettings.PLAIN) {
            settings().check();
        }
    }

    /** Makes the driver's statement for the caller's own text. */
    Statement make(ShardConnection where, StatementSettings with) throws SQLException {
        Connection driver = where.delegate();
        return with == StatementSettings.PLAIN
                ? driver.createStatement()
                : driver.createStatement(with.type, with.concurrency, with.holdability);
    }

    /** Tells the driver's statement, which was just made for the caller's own text, what this one was told before. */
    void tell(Statement made) throws SQLException {
        settings().applyTo(made, true);
    }

    /** Takes what was made for the caller's own text. */
    private void take(ShardConnection where, Statement made) {
        on = where;
        PHYSICAL.setRelease(this, made);
        noteOwnText();
    }

    final void take(ShardConnection where, Statement made, @Nullable Sending sending) {
        take(where, made);
        if (sending != null) {
            Seldom has = seldom();
            has.madeFor = sending;
            has.changes = settings().changes;
        }
    }

    /**
     * The driver's statement for the caller's own text, wherever it is made; null if there is none. After {@link #close()} it is the
     * driver's closed one, if there was one, which refuses by itself what it refuses.
     */
    @Override
    final @Nullable Statement live() throws SQLException {
        if (closed) {
            if (isForOwnText() && physical != null && !closedWithConnection) {
                return physical;
            }
            checkOpen();
        }
        return isForOwnText() && connection.holds(on) ? physical : null;
    }

    /** The driver's statement for the caller's own text on a connection that is bound already, made anew if need be. */
    private Statement on(ShardConnection where) throws SQLException {
        Statement known = physical;
        if (known != null && on == where && isForOwnText()) {
            return known;
        }
        closePhysical();
        Statement made = make(where, settings());
        take(where, made);
        tell(made);
        return made;
    }

    /** The driver's statement, to be asked something; made on whatever connection there is. */
    @Override
    final Statement asked() throws SQLException {
        Statement known = live();
        return known != null ? known : on(connection.onPhysical());
    }

    /** The driver's statement, whatever it was made for, if it was prepared. */
    final @Nullable PreparedStatement prepared() {
        return physical instanceof PreparedStatement statement ? statement : null;
    }

    private Seldom seldom() {
        Seldom has = seldom;
        if (has == null) {
            has = new Seldom();
            seldom = has;
        }
        return has;
    }

    private void noteOwnText() {
        Seldom has = seldom;
        if (has != null) {
            has.madeFor = null;
        }
    }

    /** Whether {@code physical} was made for the caller's own text and nothing around it. */
    final boolean isForOwnText() {
        Seldom has = seldom;
        return has == null || has.madeFor == null;
    }

    /**
     * Whether {@code physical} was made for this, null being the caller's own text and nothing around it, and after the last change of the
     * settings: those are handed at once only to what was made for the caller's own text.
     */
    final boolean isMadeFor(@Nullable Sending sending) {
        if (sending == null) {
            return isForOwnText();
        }
        Seldom has = seldom;
        return has != null && sending.equals(has.madeFor) && has.changes == settings().changes;
    }

    final boolean isOn(ShardConnection where) {
        return on == where;
    }

    final @Nullable ShardConnection where() {
        return on;
    }

    private void closePhysical() throws SQLException {
        Statement old = physical;
        boolean ours = connection.holds(on);
        PHYSICAL.setRelease(this, null);
        on = null;
        noteOwnText();
        if (old != null && ours) {
            old.close();
        }
    }

    /** Whether a result is still being read from the connection. */
    final boolean isReading(ShardConnection from) {
        return on == from && (isOpen(shown) || hasOpenResults(own()));
    }

    private static boolean isOpen(@Nullable ResultSet result) {
        try {
            return result != null && !result.isClosed();
        } catch (SQLException e) {
            return false;
        }
    }

    /** Forgets what was made on a connection that is about to be given back. */
    final void drop(ShardConnection from) {
        if (on == from) {
            try {
                closePhysical();
            } catch (SQLException e) {
                from.breakOff();
            }
        }
    }

    /** Takes over a result of the driver's own, and closes with it. */
    final ResultSet adopt(@Nullable Statement maker, ResultSet result) throws SQLException {
        closesWithResult = true;
        if (maker != null) {
            take(connection.any(), maker);
        }
        RoutedResultSet taken = new RoutedResultSet(result, this);
        shown = taken;
        return taken;
    }

    // ------------------------------------------------------------ direct execution

    /** The driver's statement if the text may be executed on it as it is; null if that is not sure. */
    final @Nullable Statement direct(Analysis analysis, @Nullable Parameters parameters) throws SQLException {
        checkOpen();
        ShardConnection where = connection.bound();
        if (where == null || !connection.isDirect(analysis, parameters, settings())) {
            return null;
        }
        Statement statement = on(where);
        noOwnResults();
        connection.begins(where, analysis);
        return statement;
    }

    /** Goes on only if a statement that failed on the driver is to be run again. */
    final void runsAgain(SQLException e, boolean fresh) throws SQLException {
        ShardConnection where = on;
        if (where == null || !connection.runsAgain(e, where, fresh)) {
            throw e;
        }
    }

    private <R> R execute(String sql, KeysAsked keys, Call call, Direct<Statement, R> direct, Outcome<R> outcome)
            throws SQLException {
        Analysis analysis = engine().analysis(sql);
        boolean fresh = !connection.inTransaction();
        Statement statement = direct(analysis, null);
        if (statement != null) {
            try {
                return direct.execute(statement);
            } catch (SQLException e) {
                runsAgain(e, fresh);
            }
        }
        KeysRequest request = keys.get();
        run(analysis, request == settings().keys ? settings() : settings().with(request), null, call);
        return outcome.get();
    }

    /** The generated keys that a call asks for. */
    @FunctionalInterface
    private interface KeysAsked {
        KeysRequest get() throws SQLException;
    }

    private static KeysRequest keysByFlag(int flag) throws SQLException {
        if (flag != Statement.RETURN_GENERATED_KEYS && flag != Statement.NO_GENERATED_KEYS) {
            throw DriverErrors.invalid("Invalid value for autoGeneratedKeys %d".formatted(flag));
        }
        return RoutedConnection.keys(flag);
    }

    /** @param nullIsNone whether the driver takes null for none here: it does for updates only */
    private static KeysRequest keysByIndex(int @Nullable [] columns, boolean nullIsNone) throws SQLException {
        if (columns == null ? nullIsNone : columns.length == 0) {
            return KeysRequest.NONE;
        }
        throw DriverErrors.notImplemented("Returning autogenerated keys by column index is not supported.");
    }

    private KeysRequest asMade() {
        return settings().keys;
    }

    /** An object that the driver gave: a result that a cursor's name stands for belongs to this connection like any other. */
    final @Nullable Object shownObject(@Nullable Object value) throws SQLException {
        return value instanceof ResultSet result ? connection.around(result) : value;
    }

    /** A result of the driver's as the caller sees it. */
    final @Nullable ResultSet shown(@Nullable ResultSet result) {
        if (result == null) {
            return null;
        }
        RoutedResultSet last = shown;
        if (last == null || last.delegate() != result) {
            last = new RoutedResultSet(result, this);
            shown = last;
        }
        return last;
    }

    // ------------------------------------------------------------ routed execution

    /** How the text must be brought behind the fence. */
    Need need(Analysis analysis) {
        return analysis.need();
    }

    /** Executes one text, with parameters if it is a prepared one, wherever it must. */
    final boolean run(Analysis analysis, StatementSettings with, @Nullable Parameters parameters, Call call)
            throws SQLException {
        checkOpen();
        clearResults();
        return connection.run(new Unit<Boolean>() {
            @Override
            public Need need() {
                return RoutedStatement.this.need(analysis);
            }

            @Override
            public String tenant(Guard guard, @Nullable String declared) throws SQLException {
                return guard.tenant(analysis, parameters, declared);
            }

            @Override
            public void audited(Guard guard, String tenant, boolean declared, boolean crosses) {
                guard.audit(analysis, parameters, tenant, declared, crosses);
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
            public boolean precedesEnter() {
                return analysis.precedesEnter();
            }

            @Override
            public boolean onlyReads() {
                return analysis.onlyReads(parameters, with);
            }

            @Override
            public boolean needsPrimary() {
                return analysis.needsPrimary();
            }

            @Override
            public boolean isRepeatable() {
                return parameters == null || parameters.isRepeatable();
            }

            @Override
            public Boolean execute(ShardConnection where, Form form) throws SQLException {
                return send(where, form, analysis, with, parameters, call);
            }
        });
    }

    private boolean send(
            ShardConnection where,
            Form form,
            Analysis analysis,
            StatementSettings with,
            @Nullable Parameters parameters,
            Call call)
            throws SQLException {
        Placement placement = where.placement();
        Sending sending = Sending.of(engine(), placement, form, analysis, with);
        if (analysis.changesSession()) {
            where.change();
        }
        boolean first;
        try {
            first = parameters == null
                    ? executeText(where, placement, sending, with, call)
                    : executePrepared(where, placement, sending, with, parameters, call);
        } catch (SQLException e) {
            // A connection that is dead escapes nothing any more; its failure has no position.
            boolean escaped =
                    parameters == null && sending.enters() && !where.delegate().isClosed();
            String prefix = escaped ? entering(where, placement, sending.prefix()) : sending.prefix();
            throw ErrorPositions.corrected(e, where, sending, analysis, prefix, parameters != null);
        }
        Statement sent = sent();
        if (sending.isPlain()) {
            noOwnResults();
            if (first) {
                RowCollector collector = observe(form, placement, analysis, parameters);
                shown = new RoutedResultSet(sent.getResultSet(), this, collector);
            }
            return first;
        }
        OwnResults taken = new OwnResults();
        seldom().own = taken;
        boolean rows = first;
        for (int i = 0; i < sending.position(); i++) {
            // By position: the result of CALL shows as -1, at which the usual loop would stop.
            rows = sent.getMoreResults();
        }
        if (!rows) {
            taken.updateCount = sent.getLargeUpdateCount();
            if (call == Call.QUERY) {
                throw DriverErrors.noRows();
            }
            return false;
        }
        RoutedResultSet result = new RoutedResultSet(sent.getResultSet(), this);
        if (sending.rowsAreKeys()) {
            result.last();
            taken.updateCount = result.getRow();
            result.beforeFirst();
            taken.keys = result;
            return false;
        }
        taken.rows = result;
        if (call == Call.UPDATE) {
            throw DriverErrors.unexpectedRows();
        }
        return true;
    }

    private @Nullable RowCollector observe(
            Form form, Placement placement, Analysis analysis, @Nullable Parameters parameters) {
        ReadObserver observer = engine().observer();
        if (observer == null
                || form != Form.PLAIN
                || analysis.facts().kind() != StatementKind.READ
                || !placement.phase().shadowReads()
                || connection.inTransaction()
                || (parameters != null && !parameters.isRepeatable())) {
            return null;
        }
        Parameters values = parameters == null ? new Parameters() : parameters.snapshot();
        return observer.begin(new ReadObserver.Read(placement, analysis.sql(), values));
    }

    private boolean executeText(
            ShardConnection where, Placement placement, Sending sending, StatementSettings with, Call call)
            throws SQLException {
        closePhysical();
        int type = sending.rowsAreKeys() ? ResultSet.TYPE_SCROLL_INSENSITIVE : with.type;
        Statement made = where.delegate().createStatement(type, with.concurrency, with.holdability);
        with.applyTo(made, sending.isPlain());
        take(where, made, sending.isPlain() ? null : sending);
        String text = sending.enters() ? entering(where, placement, sending.text()) : sending.text();
        if (!sending.isPlain()) {
            return made.execute(text);
        }
        if (sending.keys() instanceof KeysRequest.Columns columns) {
            return made.execute(text, columns.names().toArray(String[]::new));
        }
        if (sending.keys() == KeysRequest.ALL) {
            return made.execute(text, Statement.RETURN_GENERATED_KEYS);
        }
        return switch (call) {
            case ANY -> made.execute(text);
            case QUERY -> {
                made.executeQuery(text);
                yield true;
            }
            case UPDATE -> {
                made.executeUpdate(text);
                yield false;
            }
        };
    }

    /** The text with the values of the call that enters: it has no parameters. */
    private static String entering(ShardConnection where, Placement placement, String text) throws SQLException {
        String tenant = where.delegate().unwrap(PGConnection.class).escapeLiteral(placement.tenant());
        return text.replace(Sending.CALL, "CALL tenantshift.enter('%s',%d); ".formatted(tenant, placement.epoch()));
    }

    /** Prepares and executes; only prepared statements have parameters. */
    boolean executePrepared(
            ShardConnection where,
            Placement placement,
            Sending sending,
            StatementSettings with,
            Parameters parameters,
            Call call)
            throws SQLException {
        throw new IllegalStateException("not a prepared statement");
    }

    private Statement sent() {
        Statement now = physical;
        if (now == null) {
            throw new IllegalStateException("nothing has been executed");
        }
        return now;
    }

    final ResultSet rows() throws SQLException {
        return notNull(getResultSet());
    }

    final int updated() throws SQLException {
        return own() == null ? getUpdateCount() : Math.max(0, getUpdateCount());
    }

    final long updatedLarge() throws SQLException {
        return own() == null ? getLargeUpdateCount() : Math.max(0, getLargeUpdateCount());
    }

    final boolean returnedRows() throws SQLException {
        return getResultSet() != null;
    }

    private static ResultSet notNull(@Nullable ResultSet result) throws SQLException {
        if (result == null) {
            throw DriverErrors.noRows();
        }
        return result;
    }

    @Override
    public ResultSet executeQuery(String sql) throws SQLException {
        return execute(sql, this::asMade, Call.QUERY, s -> notNull(shown(s.executeQuery(sql))), this::rows);
    }

    @Override
    public int executeUpdate(String sql) throws SQLException {
        return execute(sql, this::asMade, Call.UPDATE, s -> s.executeUpdate(sql), this::updated);
    }

    @Override
    public boolean execute(String sql) throws SQLException {
        return execute(sql, this::asMade, Call.ANY, s -> s.execute(sql), this::returnedRows);
    }

    @Override
    public long executeLargeUpdate(String sql) throws SQLException {
        return execute(sql, this::asMade, Call.UPDATE, s -> s.executeLargeUpdate(sql), this::updatedLarge);
    }

    @Override
    public int executeUpdate(String sql, int keys) throws SQLException {
        return execute(sql, () -> keysByFlag(keys), Call.UPDATE, s -> s.executeUpdate(sql, keys), this::updated);
    }

    @Override
    public int executeUpdate(String sql, int @Nullable [] columns) throws SQLException {
        return execute(
                sql, () -> keysByIndex(columns, true), Call.UPDATE, s -> s.executeUpdate(sql, columns), this::updated);
    }

    @Override
    public int executeUpdate(String sql, String @Nullable [] columns) throws SQLException {
        return execute(
                sql,
                () -> RoutedConnection.keys(columns),
                Call.UPDATE,
                s -> s.executeUpdate(sql, columns),
                this::updated);
    }

    @Override
    public long executeLargeUpdate(String sql, int keys) throws SQLException {
        return execute(
                sql, () -> keysByFlag(keys), Call.UPDATE, s -> s.executeLargeUpdate(sql, keys), this::updatedLarge);
    }

    @Override
    public long executeLargeUpdate(String sql, int @Nullable [] columns) throws SQLException {
        return execute(
                sql,
                () -> keysByIndex(columns, true),
                Call.UPDATE,
                s -> s.executeLargeUpdate(sql, columns),
                this::updatedLarge);
    }

    @Override
    public long executeLargeUpdate(String sql, String @Nullable [] columns) throws SQLException {
        return execute(
                sql,
                () -> RoutedConnection.keys(columns),
                Call.UPDATE,
                s -> s.executeLargeUpdate(sql, columns),
                this::updatedLarge);
    }

    @Override
    public boolean execute(String sql, int keys) throws SQLException {
        return execute(sql, () -> keysByFlag(keys), Call.ANY, s -> s.execute(sql, keys), this::returnedRows);
    }

    @Override
    public boolean execute(String sql, int @Nullable [] columns) throws SQLException {
        return execute(
                sql, () -> keysByIndex(columns, false), Call.ANY, s -> s.execute(sql, columns), this::returnedRows);
    }

    @Override
    public boolean execute(String sql, String @Nullable [] columns) throws SQLException {
        return execute(
                sql, () -> RoutedConnection.keys(columns), Call.ANY, s -> s.execute(sql, columns), this::returnedRows);
    }

    // ----------------------------------------------------------------------------------------------------------- batch

    /** The entries of the batch, texts here and parameters of a prepared statement; null if there is none. */
    final @Nullable Batch batch() {
        Seldom has = seldom;
        return has == null ? null : has.batch;
    }

    private void forgetBatch() {
        Seldom has = seldom;
        if (has != null) {
            has.batch = null;
        }
    }

    final Batch batchToFill() {
        Batch known = batch();
        if (known == null) {
            known = new Batch();
            seldom().batch = known;
        }
        return known;
    }

    /** The batch, which is then empty. */
    final @Nullable Batch takeBatch() {
        Batch taken = batch();
        forgetBatch();
        return taken;
    }

    @Override
    public void addBatch(String sql) throws SQLException {
        Statement live = live();
        Batch filling = batchToFill();
        if (live != null && filling.heldBy(live) == filling.texts.size()) {
            live.addBatch(sql);
            filling.handedTo(live);
        }
        filling.texts.add(sql);
    }

    @Override
    public void clearBatch() throws SQLException {
        Statement live = live();
        if (live != null) {
            live.clearBatch();
        }
        forgetBatch();
    }

    @Override
    public int[] executeBatch() throws SQLException {
        return batch(
                Statement::executeBatch,
                counts -> Arrays.stream(counts).mapToInt(Math::toIntExact).toArray());
    }

    @Override
    public long[] executeLargeBatch() throws SQLException {
        return batch(Statement::executeLargeBatch, counts -> counts);
    }

    /**
     * Executes what was added, and forgets it.
     *
     * @param ofCounts what the caller is given for update counts that are not the driver's own
     */
    <R> R batch(Direct<Statement, R> execution, Function<long[], R> ofCounts) throws SQLException {
        checkOpen();
        Batch taken = takeBatch();
        if (taken == null || taken.texts.isEmpty()) {
            clearResults();
            return ofCounts.apply(new long[0]);
        }
        List<String> texts = taken.texts;
        List<Analysis> analyses = texts.stream().map(engine()::analysis).toList();
        boolean fresh = !connection.inTransaction();
        Statement before = live();
        Statement direct = directBatch(analyses);
        if (direct != null) {
            try {
                for (String text : texts.subList(taken.heldBy(direct), texts.size())) {
                    direct.addBatch(text);
                }
                return execution.execute(direct);
            } catch (SQLException e) {
                runsAgain(e, fresh);
            }
        }
        if (before != null && taken.heldBy(before) > 0) {
            before.clearBatch();
        }
        clearResults();
        return connection.run(new BatchUnit<R>() {
            @Override
            public String tenant(Guard guard, @Nullable String declared) throws SQLException {
                String tenant = guard.tenant(analyses.get(0), null, declared);
                for (Analysis analysis : analyses) {
                    guard.checkSame(tenant, guard.tenant(analysis, null, declared));
                }
                return tenant;
            }

            @Override
            public void audited(Guard guard, String tenant, boolean declared, boolean crosses) {
                analyses.forEach(analysis -> guard.audit(analysis, null, tenant, declared, crosses));
            }

            @Override
            public boolean staysBehind() {
                return analyses.stream().anyMatch(Analysis::staysBehind);
            }

            @Override
            public Set<TableName> neededFromLegacyShard() {
                Set<TableName> needed = new LinkedHashSet<>();
                analyses.stream().filter(Analysis::mixes).forEach(analysis -> needed.addAll(analysis.behind()));
                return needed;
            }

            @Override
            public boolean isRepeatable() {
                return true;
            }

            @Override
            public R execute(ShardConnection where, Form form) throws SQLException {
                Statement made = on(where);
                noOwnResults();
                try {
                    for (Analysis analysis : analyses) {
                        if (analysis.changesSession()) {
                            where.change();
                        }
                        made.addBatch(Sending.of(engine(), where.placement(), Form.PLAIN, analysis, settings())
                                .text());
                    }
                } catch (SQLException | RuntimeException e) {
                    made.clearBatch();
                    throw e;
                }
                return execution.execute(made);
            }
        });
    }

    /** The driver's statement if every text may be executed on it as it is; none of them has begun unless all may. */
    private @Nullable Statement directBatch(List<Analysis> analyses) throws SQLException {
        for (Analysis analysis : analyses) {
            if (!connection.isDirect(analysis, null, settings())) {
                return null;
            }
        }
        Statement direct = null;
        for (Analysis analysis : analyses) {
            direct = direct(analysis, null);
        }
        return direct;
    }

    /** Several entries in one execution: always in a transaction of their own behind the fence. */
    abstract static class BatchUnit<R> implements Unit<R> {
        @Override
        public Need need() {
            return Need.TRANSACTION;
        }
    }

    // --------------------------------------------------------------------------------------------------------- results

    final void noOwnResults() {
        Seldom has = seldom;
        if (has != null) {
            has.own = null;
        }
    }

    /** The results, if they are not the driver's own. */
    private @Nullable OwnResults own() {
        Seldom has = seldom;
        return has == null ? null : has.own;
    }

    private static boolean hasOpenResults(@Nullable OwnResults results) {
        return results != null && (isOpen(results.rows) || isOpen(results.keys));
    }

    private static boolean isRows(ResultSet result, @Nullable OwnResults results) {
        return results != null && result == results.rows;
    }

    final void clearResults() throws SQLException {
        Seldom has = seldom;
        RoutedResultSet last = shown;
        shown = null;
        if (has != null && has.own != null) {
            OwnResults old = has.own;
            has.own = null;
            old.close();
        }
        if (last != null) {
            last.close();
        }
    }

    final void resultClosed(RoutedResultSet result) throws SQLException {
        connection.resultClosed();
        boolean completes = settings().closeOnCompletion && isRows(result, own());
        if (!closed && (completes || closesWithResult)) {
            close();
        }
    }

    @Override
    public @Nullable ResultSet getResultSet() throws SQLException {
        checkOpen();
        OwnResults taken = own();
        if (taken != null) {
            return taken.rows;
        }
        Statement now = physical;
        return now == null ? null : shown(now.getResultSet());
    }

    @Override
    public int getUpdateCount() throws SQLException {
        checkOpen();
        OwnResults taken = own();
        Statement now = physical;
        return taken != null ? Math.toIntExact(taken.updateCount) : now == null ? -1 : now.getUpdateCount();
    }

    @Override
    public long getLargeUpdateCount() throws SQLException {
        checkOpen();
        OwnResults taken = own();
        Statement now = physical;
        return taken != null ? taken.updateCount : now == null ? -1 : now.getLargeUpdateCount();
    }

    /** The caller's result was the only one; whatever else the string had is not his. */
    private void noMoreOwnResults() throws SQLException {
        OwnResults now = own();
        if (now != null) {
            now.close();
        }
    }

    @Override
    public boolean getMoreResults() throws SQLException {
        checkOpen();
        Statement now = physical;
        if (own() != null || now == null) {
            noMoreOwnResults();
            return false;
        }
        return now.getMoreResults();
    }

    @Override
    public boolean getMoreResults(int current) throws SQLException {
        checkOpen();
        Statement now = physical;
        if (own() != null || now == null) {
            noMoreOwnResults();
            return false;
        }
        return now.getMoreResults(current);
    }

    @Override
    public ResultSet getGeneratedKeys() throws SQLException {
        checkOpen();
        OwnResults taken = own();
        if (taken != null && taken.keys != null) {
            return taken.keys;
        }
        Statement now = taken == null && physical != null ? physical : asked();
        return notNull(shown(now.getGeneratedKeys()));
    }

    // ------------------------------------------------------------ life cycle

    final void checkOpen() throws SQLException {
        if (closed) {
            throw closedWithConnection ? DriverErrors.connectionClosed() : DriverErrors.statementClosed();
        }
    }

    @Override
    public void close() throws SQLException {
        if (closed) {
            return;
        }
        closed = true;
        connection.forget(this);
        RoutedResultSet last = shown;
        Seldom has = seldom;
        try {
            if (has != null && has.own != null) {
                has.own.close();
            }
            if (last != null) {
                last.endCollecting();
            }
        } finally {
            try {
                Statement now = physical;
                if (now != null && connection.holds(on)) {
                    now.close();
                }
            } finally {
                released();
                connection.resultClosed();
            }
        }
    }

    /** Its connection was aborted, perhaps by another thread: there is nothing left that could be closed. */
    final void abandon() {
        closedWithConnection = true;
        closed = true;
    }

    /** Closes because its connection is closed. */
    final void closeWithConnection() throws SQLException {
        closedWithConnection = true;
        close();
    }

    /** The statement is closed: what it borrowed goes back. */
    void released() {}

    @Override
    public boolean isClosed() throws SQLException {
        Statement now = physical;
        return closed || (isForOwnText() && now != null && connection.holds(on) && now.isClosed());
    }

    @Override
    public void cancel() throws SQLException {
        Statement now = (Statement) PHYSICAL.getAcquire(this);
        if (now != null) {
            now.cancel();
        }
    }

    @Override
    public @Nullable SQLWarning getWarnings() throws SQLException {
        checkOpen();
        Statement now = physical;
        return now == null ? null : now.getWarnings();
    }

    @Override
    public void clearWarnings() throws SQLException {
        Statement now = physical;
        if (now != null && !closed) {
            now.clearWarnings();
        }
    }

    @Override
    public Connection getConnection() {
        return connection;
    }

    // ----------------------------------------------------------------------------------------------------- unwrapping

    /** The driver's interface is this one's; its classes are handed out where nothing can bypass the fence. */
    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        checkOpen();
        connection.exposed("unwrapping to " + type.getName());
        return asked().unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        Statement live = type.isInstance(this) || closed ? null : live();
        return type.isInstance(this) || (live != null && live.isWrapperFor(type));
    }
}
