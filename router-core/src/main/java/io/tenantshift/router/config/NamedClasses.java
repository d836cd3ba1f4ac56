package io.tenantshift.router.config;

import io.tenantshift.router.config.Value.Scalar;
import io.tenantshift.router.config.Value.Section;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import org.jspecify.annotations.Nullable;

/**
 * The classes that a configuration names. They are looked for by the thread's class loader, then by the library's, and checked without
 * running anything of theirs. Findings do not quote the name: somebody may have written a password where it belongs. Not safe for
 * concurrent use.
 */
record NamedClasses(Findings findings) {
    /**
     * The class that stands at a key.
     *
     * @param path of the section; empty for the root
     * @return null if there is none, or none that can be used, which is reported
     */
    <T> @Nullable Named<T> in(Section section, String key, String path, Class<T> wanted) {
        Scalar written = section.scalar(key);
        if (written == null) {
            return null;
        }
        String full = path.isEmpty() ? key : path + "." + key;
        Class<?> found = load(written.text());
        String problem = found == null ? "there is no such class on the class path" : problem(found, wanted);
        if (found == null || problem != null) {
            findings.add(written.place(), "%s: %s".formatted(full, problem));
            return null;
        }
        return new Named<>(found.asSubclass(wanted), written.place(), full);
    }

    private static @Nullable Class<?> load(String name) {
        Class<?> found = load(name, Thread.currentThread().getContextClassLoader());
        return found != null ? found : load(name, NamedClasses.class.getClassLoader());
    }

    private static @Nullable Class<?> load(String name, @Nullable ClassLoader by) {
        try {
            return Class.forName(name, false, by);
        } catch (ClassNotFoundException | LinkageError e) {
            // Also one whose own superclass is missing: an object of it cannot be made either.
            return null;
        }
    }

    private static @Nullable String problem(Class<?> found, Class<?> wanted) {
        if (!wanted.isAssignableFrom(found)) {
            return "the class does not implement %s".formatted(wanted.getName());
        }
        try {
            Constructor<?> constructor = found.getConstructor();
            return Modifier.isAbstract(found.getModifiers()) || !constructor.canAccess(null)
                    ? "the class must be public and not abstract"
                    : null;
        } catch (NoSuchMethodException | LinkageError e) {
            return "the class has no public constructor without parameters";
        }
    }
}
