package io.tenantshift.router.config;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the objects whose classes a file names, one of each class, for one router. Not safe for concurrent use. */
final class Creation {
    private final Findings findings;
    private final List<Throwable> causes = new ArrayList<>();
    private final Map<Class<?>, Object> made = new LinkedHashMap<>();

    Creation(String source) {
        this.findings = new Findings(source);
    }

    /** The object; null if none is named, or if it cannot be made: then {@link #finish} throws. */
    <T> @Nullable T of(@Nullable Named<? extends T> named) {
        if (named == null) {
            return null;
        }
        Object known = made.get(named.type());
        if (known == null) {
            known = make(named);
        }
        return known == null ? null : named.type().cast(known);
    }

    private @Nullable Object make(Named<?> named) {
        try {
            Object object = named.type().getConstructor().newInstance();
            made.put(named.type(), object);
            return object;
        } catch (InvocationTargetException e) {
            failed(named, e.getCause() == null ? e : e.getCause());
        } catch (ReflectiveOperationException | LinkageError e) {
            failed(named, e);
        }
        return null;
    }

    private void failed(Named<?> named, Throwable cause) {
        causes.add(cause);
        findings.add(
                named.place(),
                "%s: no object of the class could be made (%s)"
                        .formatted(named.path(), cause.getClass().getSimpleName()));
    }

    /**
     * Those of the objects that want to be closed.
     *
     * @throws ConfigurationException naming every object that could not be made; those that were are closed again
     */
    List<AutoCloseable> finish() {
        List<AutoCloseable> closeable = made.values().stream()
                .filter(AutoCloseable.class::isInstance)
                .map(AutoCloseable.class::cast)
                .toList();
        try {
            findings.refuse();
        } catch (ConfigurationException e) {
            e.initCause(causes.get(0));
            causes.stream().skip(1).forEach(e::addSuppressed);
            closeable.forEach(object -> close(object, e));
            throw e;
        }
        return closeable;
    }

    private static void close(AutoCloseable object, ConfigurationException because) {
        try {
            object.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            because.addSuppressed(e);
        } catch (Exception e) {
            because.addSuppressed(e);
        }
    }
}
