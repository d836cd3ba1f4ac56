package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.TenantMovedException;
import io.tenantshift.router.spi.ReadObserver;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of one execution, by position, to be replayed on any statement. Kept as a setter and a value or a number, so that
 * recording one allocates nothing. Not safe for concurrent use.
 */
final class Parameters implements ReadObserver.Parameters {
    /** In place of a value: the parameter is a whole number. */
    static final Object NUMBER = new Object();

    /** One call of a setter. */
    @FunctionalInterface
    interface Setter {
        void set(PreparedStatement statement, int index, @Nullable Object value, long number) throws SQLException;
    }

    /**
     * A call of a setter whose value is gone once it was made: the driver has read the stream. Without the check a statement that is
     * sent again, on another connection, would send an empty value in its place.
     */
    static final class Once implements Setter {
        private final Setter setter;
        private boolean spent;

        Once(Setter setter) {
            this.setter = setter;
        }

        @Override
        public void set(PreparedStatement statement, int index, @Nullable Object value, long number)
                throws SQLException {
            if (spent) {
                throw new TenantMovedException(
                        "parameter %d is a stream that has been read already, and the statement must be sent again; nothing was executed; set the parameter anew, or run the transaction again"
                                .formatted(index),
                        null);
            }
            spent = true;
            setter.set(statement, index, value, number);
        }
    }

    private @Nullable Setter[] setters;
    private @Nullable Object[] values;
    private long[] numbers;
    private int count;
    private boolean repeatable = true;
    private final @Nullable ShardConnection lender;

    Parameters() {
        this(8, null);
    }

    /** @param lender the connection that keeps them for one statement after the other */
    Parameters(ShardConnection lender) {
        this(8, lender);
    }

    private Parameters(int capacity, @Nullable ShardConnection lender) {
        this.lender = lender;
        setters = new Setter[capacity];
        values = new Object[capacity];
        numbers = new long[capacity];
    }

    void record(int index, Setter setter, @Nullable Object value, long number) {
        if (index > setters.length) {
            int capacity = Math.max(index, setters.length * 2);
            setters = Arrays.copyOf(setters, capacity);
            values = Arrays.copyOf(values, capacity);
            numbers = Arrays.copyOf(numbers, capacity);
        }
        int place = index - 1;
        for (; count < place; count++) {
            setters[count] = null;
            values[count] = null;
        }
        count = Math.max(count, index);
        // What is the same is not written again, see ShardConnection: the arrays are as old as that.
        if (setters[place] != setter) {
            setters[place] = setter;
        }
        if (values[place] != value) {
            values[place] = value;
        }
        numbers[place] = number;
    }

    /** Records a value that can be sent only once. */
    void recordOnce(int index, Once setter) {
        record(index, setter, null, 0);
        repeatable = false;
    }

    void clear() {
        for (int i = 0; i < count; i++) {
            if (values[i] == null) {
                // A call that holds its value itself, such as a stream.
                setters[i] = null;
            } else if (values[i] != NUMBER) {
                values[i] = null;
            }
        }
        count = 0;
        repeatable = true;
    }

    /** The connection to which they are handed back; null if they are the statement's own. */
    @Nullable
    ShardConnection lender() {
        return lender;
    }

    /** The value of a parameter, to be looked at; a {@link Once} in place of a stream, null for SQL's null. */
    @Nullable
    Object value(int ordinal) {
        if (ordinal > count) {
            return null;
        }
        Object value = values[ordinal - 1];
        if (value == null) {
            return setters[ordinal - 1] instanceof Once stream ? stream : null;
        }
        return value == NUMBER ? (Object) numbers[ordinal - 1] : value;
    }

    /** Whether the parameter is this very text. */
    boolean isText(int ordinal, String text) {
        return ordinal <= count && text.equals(values[ordinal - 1]);
    }

    /** Whether each of so many parameters has been set. */
    boolean isComplete(int parameters) {
        if (count < parameters) {
            return false;
        }
        for (int i = 0; i < parameters; i++) {
            if (setters[i] == null) {
                return false;
            }
        }
        return true;
    }

    /** Whether the values can be sent more than once: a stream cannot. */
    boolean isRepeatable() {
        return repeatable;
    }

    /** A copy that later recordings do not change. */
    Parameters snapshot() {
        Parameters copy = new Parameters(Math.max(1, count), null);
        System.arraycopy(setters, 0, copy.setters, 0, count);
        System.arraycopy(values, 0, copy.values, 0, count);
        System.arraycopy(numbers, 0, copy.numbers, 0, count);
        copy.count = count;
        copy.repeatable = repeatable;
        return copy;
    }

    /** Sets all parameters, the first one at {@code offset + 1}. */
    void bind(PreparedStatement statement, int offset) throws SQLException {
        for (int i = 0; i < count; i++) {
            Setter setter = setters[i];
            if (setter != null) {
                setter.set(statement, offset + i + 1, values[i], numbers[i]);
            }
        }
    }

    /** Whether each of them was set by the same call with the same value. */
    boolean isSameAs(Parameters other) {
        if (count != other.count) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            if (setters[i] != other.setters[i] || values[i] != other.values[i] || numbers[i] != other.numbers[i]) {
                return false;
            }
        }
        return true;
    }

    /** Sets all parameters that can be set more than once. */
    void bindAgain(PreparedStatement statement) throws SQLException {
        for (int i = 0; i < count; i++) {
            Setter setter = setters[i];
            if (setter != null && !(setter instanceof Once)) {
                setter.set(statement, i + 1, values[i], numbers[i]);
            }
        }
    }

    @Override
    public void bind(PreparedStatement statement) throws SQLException {
        bind(statement, 0);
    }
}
