package io.tenantshift.testkit;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where embedded servers keep their data: in memory where there is room, for creating a database means creating some
 * three hundred files (10 ms in memory; 20 to 250 ms on disks we have met).
 *
 * <p>A JVM that is killed leaves its server running. Each start therefore looks for data directories whose lock nobody
 * holds any more, stops those servers and removes the directories.
 */
final class DataDirectories {

    private static final Logger LOG = LoggerFactory.getLogger(DataDirectories.class);

    /** Written and locked by the launcher, right before it starts the server. */
    static final String LOCK = "epg-lock";

    /** Well above the time from creating the directory to locking it. */
    private static final Duration TOO_YOUNG = Duration.ofMinutes(2);

    /**
     * The sweep must not even open the lock of a server of this JVM: POSIX drops a process's lock when the process closes
     * any descriptor of the file, and the next JVM to start would take a live server for an orphan.
     */
    private static final String OURS = "data-" + ProcessHandle.current().pid() + "-";

    private static final long ROOM_BYTES = 2L << 30;

    private DataDirectories() {}

    /** A directory that does not exist yet. */
    static Path fresh(boolean durable) {
        Path parent = parent(durable);
        try {
            Files.createDirectories(parent);
            sweep(parent);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot prepare " + parent, e);
        }
        return parent.resolve(OURS + UUID.randomUUID());
    }

    private static Path parent(boolean durable) {
        String name = "tenantshift-testkit-" + System.getProperty("user.name");
        String wish = System.getProperty(PostgresServer.DIRECTORY_PROPERTY, "");
        if (!wish.isEmpty()) {
            return Path.of(wish, name);
        }
        File memory = new File("/dev/shm");
        boolean roomInMemory = memory.canWrite() && memory.getUsableSpace() >= ROOM_BYTES;
        return roomInMemory && !durable
                ? memory.toPath().resolve(name)
                : Path.of(System.getProperty("java.io.tmpdir"), name);
    }

    private static void sweep(Path parent) throws IOException {
        List<Path> children;
        try (Stream<Path> list = Files.list(parent)) {
            children = list.toList();
        }
        for (Path data : children) {
            try {
                if (isOrphaned(data)) {
                    LOG.info("removing {}, left behind by a JVM that was killed", data);
                    if (isRunning(data.resolve("postmaster.pid"))) {
                        PgCtl.run(data, "stop", "-m", "immediate");
                    }
                    delete(data);
                }
            } catch (IOException | RuntimeException e) {
                LOG.warn("cannot remove {}, left behind by a JVM that was killed: {}", data, e.toString());
            }
        }
    }

    /** Whether there is a process by the number that a server wrote down; without one there is nothing to stop. */
    private static boolean isRunning(Path pidFile) throws IOException {
        if (!Files.exists(pidFile)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(pidFile)) {
            return lines.findFirst()
                    .map(String::strip)
                    .filter(first -> first.matches("[0-9]{1,9}"))
                    .flatMap(first -> ProcessHandle.of(Long.parseLong(first)))
                    .isPresent();
        }
    }

    private static boolean isOrphaned(Path data) throws IOException {
        if (data.getFileName().toString().startsWith(OURS)) {
            return false;
        }
        FileTime modified = Files.getLastModifiedTime(data);
        if (modified.toInstant().isAfter(Instant.now().minus(TOO_YOUNG))) {
            return false;
        }
        Path lock = data.resolve(LOCK);
        if (!Files.exists(lock)) {
            return true;
        }
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                FileLock taken = channel.tryLock()) {
            return taken != null;
        }
    }

    /**
     * Creates a directory from {@link #fresh} and locks it, for a server that is not started by the launcher.
     *
     * @return holds the lock until it is closed
     */
    static Closeable create(Path data) throws IOException {
        Files.createDirectory(data, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        FileChannel lock =
                FileChannel.open(data.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            locked = lock.tryLock() != null;
            if (!locked) {
                throw new IOException("somebody else has locked " + data);
            }
            return lock;
        } finally {
            if (!locked) {
                lock.close();
            }
        }
    }

    static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
