package io.tenantshift.router.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The files that a configuration names. Relative ones begin where it is. Findings do not quote the path: somebody may have written a
 * password where its file's path belongs. Not safe for concurrent use.
 */
record NamedFiles(Path directory, Findings findings) {
    /** The file, if it can be read; null if not, and that is reported. */
    @Nullable
    Path readable(String written, Place at, String path) {
        Path file;
        try {
            file = directory.resolve(written).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            findings.add(at, "%s is no path of a file".formatted(path));
            return null;
        }
        if (!Files.isRegularFile(file)) {
            findings.add(at, "%s: there is no such file".formatted(path));
            return null;
        }
        if (!Files.isReadable(file)) {
            findings.add(at, "%s: the file may not be read".formatted(path));
            return null;
        }
        return file;
    }

    /** The file's text; null if it cannot be read, and that is reported. */
    @Nullable
    String text(String written, Place at, String path) {
        Path file = readable(written, at, path);
        try {
            return file == null ? null : Files.readString(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            findings.add(at, "%s: the file is not in UTF-8".formatted(path));
            return null;
        } catch (IOException e) {
            findings.add(
                    at,
                    "%s: the file cannot be read (%s)"
                            .formatted(path, e.getClass().getSimpleName()));
            return null;
        }
    }
}
