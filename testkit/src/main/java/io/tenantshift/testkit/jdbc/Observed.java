package io.tenantshift.testkit.jdbc;

import static java.util.stream.Collectors.joining;

import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The list of observations that a behaviour makes on one side. A behaviour is run by one thread; a second thread that it starts must
 * not record.
 */
final class Observed {
    private final List<Observation> observations = new ArrayList<>();
    private final UnaryOperator<String> sameNames;

    /**
     * An empty list.
     *
     * @param sameNames replaces names that must differ between the sides, as that of the database
     */
    Observed(UnaryOperator<String> sameNames) {
        this.sameNames = sameNames;
    }

    /** A call with a result. */
    @FunctionalInterface
    interface Call {
        @Nullable
        Object call() throws Exception;
    }

    /** A call with a result set. */
    @FunctionalInterface
    interface Query {
        ResultSet call() throws Exception;
    }

    /** A call that makes a text. */
    @FunctionalInterface
    interface Text {
        String call() throws Exception;
    }

    /** A call without a result. */
    @FunctionalInterface
    interface Action {
        void run() throws Exception;
    }

    /** Records the value of a call, or its exception, and goes on. */
    void see(String what, Call call) {
        try {
            note(what, call.call());
        } catch (Exception | LinkageError e) {
            fail(what, e);
        }
    }

    /** Records that a call ended well, or its exception, and goes on. */
    void see(String what, Action action) {
        see(what, () -> {
            action.run();
            return Done.DONE;
        });
    }

    /** Records the rows that are left in a result, with the names of the columns, or the exception. */
    void rows(String what, Query query) {
        shown(what, () -> ResultText.rows(query.call(), Integer.MAX_VALUE));
    }

    /** Records the rows that are left in a result and all that is known of its columns, or the exception. */
    void table(String what, Query query) {
        shown(what, () -> {
            ResultSet result = query.call();
            return ResultText.columns(result.getMetaData()) + ResultText.rows(result, Integer.MAX_VALUE);
        });
    }

    /** As {@link #table}, of rows whose order nobody promises. */
    void unordered(String what, Query query) {
        shown(what, () -> {
            ResultSet result = query.call();
            String columns = ResultText.columns(result.getMetaData());
            return columns
                    + ResultText.rows(result, Integer.MAX_VALUE)
                            .lines()
                            .sorted()
                            .collect(joining("\n"));
        });
    }

    /** Records a value. */
    void note(String what, @Nullable Object value) {
        add(new Observation(what, Rendering.text(value), ""));
    }

    /** Records a text as it is, or the exception. */
    void shown(String what, Text text) {
        try {
            add(new Observation(what, text.call(), ""));
        } catch (Exception | LinkageError e) {
            fail(what, e);
        }
    }

    /** Records an exception. */
    void fail(String what, Throwable failure) {
        add(new Observation(what, Failures.strict(failure), Failures.messages(failure)));
    }

    private void add(Observation observation) {
        observations.add(new Observation(
                observation.what(), sameNames.apply(observation.strict()), sameNames.apply(observation.loose())));
    }

    List<Observation> observations() {
        return observations;
    }

    /** Shown for a call without a result. */
    enum Done {
        DONE;

        @Override
        public String toString() {
            return "done";
        }
    }
}
