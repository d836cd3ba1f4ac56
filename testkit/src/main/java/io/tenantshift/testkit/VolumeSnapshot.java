package io.tenantshift.testkit;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files of a {@link PostgresServer} as they were at one moment, as a snapshot of its volume keeps them. What is restored from it goes on
 * from there on the same timeline, under the same port, and knows nothing of what was committed since.
 *
 * <p>Thread-safe. Closing it removes the copy.
 */
public final class VolumeSnapshot implements AutoCloseable {
    private final EmbeddedBacking server;
    private final Path copy = DataDirectories.fresh(false);
    private final Closeable lock;

    VolumeSnapshot(EmbeddedBacking server) {
        this.server = server;
        try {
            this.lock = DataDirectories.create(copy);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create " + copy, e);
        }
        server.stop();
        copy(server.data(), copy);
        server.restart();
    }

    /** Puts the files back; the server ends as by a crash before, and runs when this returns. */
    public synchronized void restore() {
        server.stopImmediate();
        for (Path entry : entries(server.data())) {
            if (!entry.endsWith(DataDirectories.LOCK)) {
                try {
                    DataDirectories.delete(entry);
                } catch (IOException e) {
                    throw new UncheckedIOException("cannot remove " + entry, e);
                }
            }
        }
        copy(copy, server.data());
        server.restart();
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Path relative = from.relativize(path);
                if (!relative.toString().isEmpty() && !relative.endsWith(DataDirectories.LOCK)) {
                    Files.copy(path, to.resolve(relative));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot copy " + from + " to " + to, e);
        }
    }

    private static List<Path> entries(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + directory, e);
        }
    }

    @Override
    public synchronized void close() {
        try (lock) {
            DataDirectories.delete(copy);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + copy, e);
        }
    }
}
