package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.spi.ReadObserver;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The parameters of one execution, by position, to be replayed on any statement. Not safe for concurrent use. */
final class Parameters implements ReadObserver.Parameters {
    /** One recorded call of a setter. */
    @FunctionalInterface
    interface Setter {
        void set(PreparedStatement statement, int index) throws SQLException;
    }

    private @Nullable Setter[] setters = new Setter[8];
    private int count;
    private boolean repeatable = true;

    void record(int index, Setter setter, boolean once) {
        if (index > setters.length) {
            setters = Arrays.copyOf(setters, Math.max(index, setters.length * 2));
        }
        setters[index - 1] = setter;
        count = Math.max(count, index);
        repeatable &= !once;
    }

    void clear() {
        Arrays.fill(setters, null);
        count = 0;
        repeatable = true;
    }

    /** Whether the values can be sent more than once: a stream cannot. */
    boolean isRepeatable() {
        return repeatable;
    }

    /** A copy that later recordings do not change. */
    Parameters snapshot() {
        Parameters copy = new Parameters();
        copy.setters = setters.clone();
        copy.count = count;
        copy.repeatable = repeatable;
        return copy;
    }

    /** Sets all parameters, the first one at {@code offset + 1}. */
    void bind(PreparedStatement statement, int offset) throws SQLException {
        for (int i = 0; i < count; i++) {
            Setter setter = setters[i];
            if (setter != null) {
                setter.set(statement, offset + i + 1);
            }
        }
    }

    @Override
    public void bind(PreparedStatement statement) throws SQLException {
        bind(statement, 0);
    }
}
