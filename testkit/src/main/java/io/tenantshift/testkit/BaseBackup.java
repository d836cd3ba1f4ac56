package io.tenantshift.testkit;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;

/**
 * A copy of a running server's data directory, by the server's own backup functions: the program that usually does it is not among the
 * embedded binaries. Without the write-ahead log, which whoever starts on the copy must have from elsewhere. Stateless.
 */
final class BaseBackup {
    /** Directories that must be there and whose contents belong to the running server alone. */
    private static final Set<String> EMPTIED = Set.of(
            "pg_wal",
            "pg_replslot",
            "pg_dynshmem",
            "pg_notify",
            "pg_serial",
            "pg_snapshots",
            "pg_stat_tmp",
            "pg_subtrans");

    private static final Set<String> LEFT_OUT =
            Set.of("postmaster.pid", "postmaster.opts", "pg_ctl.log", DataDirectories.LOCK);

    private BaseBackup() {}

    /**
     * Copies.
     *
     * @param server runs on {@code from}
     * @param to is there, and holds nothing of a server
     */
    static void copy(PostgresServer server, Path from, Path to) throws SQLException, IOException {
        boolean renamed = server.majorVersion() >= 15;
        // The server ends the backup with the session that began it.
        try (Connection session = server.superuserConnection("postgres")) {
            Sql.query(
                    session,
                    renamed
                            ? "select pg_backup_start('testkit', true)"
                            : "select pg_start_backup('testkit', true, false)");
            copyFiles(from, to);
            String label = Sql.query(
                            session,
                            renamed
                                    ? "select labelfile from pg_backup_stop(false)"
                                    : "select labelfile from pg_stop_backup(false, false)")
                    .get(0)
                    .get(0);
            Files.writeString(to.resolve("backup_label"), String.valueOf(label));
        }
    }

    private static void copyFiles(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                Path relative = from.relativize(directory);
                if (!relative.toString().isEmpty()) {
                    Files.createDirectory(to.resolve(relative));
                }
                return EMPTIED.contains(relative.toString()) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Path relative = from.relativize(file);
                if (!LEFT_OUT.contains(relative.toString())) {
                    try {
                        Files.copy(file, to.resolve(relative));
                    } catch (NoSuchFileException e) {
                        return FileVisitResult.CONTINUE; // dropped meanwhile: the log says so
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }
        });
    }
}
