package io.tenantshift.router;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/** A file in UTF-8 that is read when its time, size or identity has changed since it was read last. Not safe for concurrent use. */
final class WatchedFile {
    private final Path path;
    private @Nullable Stamp seen;

    WatchedFile(Path path) {
        this.path = path;
    }

    /**
     * The content; null if it is the one that was returned last. Whatever comes of it, it is not returned again until the file changes.
     *
     * @throws IOException if it cannot be read; then it is read anew when it can
     * @throws IllegalArgumentException if it changed while it was read
     */
    @Nullable
    String changed() throws IOException {
        try {
            Stamp before = Stamp.of(path);
            if (before.equals(seen)) {
                return null;
            }
            String content = Files.readString(path, StandardCharsets.UTF_8);
            if (!Stamp.of(path).equals(before)) {
                throw new IllegalArgumentException("it changed while it was read");
            }
            seen = before;
            return content;
        } catch (IOException e) {
            seen = null;
            throw e;
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }

    private record Stamp(FileTime time, long size, @Nullable Object identity) {
        static Stamp of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        }
    }
}
