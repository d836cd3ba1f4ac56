package io.tenantshift.router.internal;

import io.tenantshift.router.spi.ShardCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;

/**
 * A file that holds a password and nothing else, read anew for each connection.
 *
 * @param file in UTF-8; spaces and line ends around the password do not count
 */
public record PasswordFile(Path file) implements ShardCredentials {
    @Override
    public Login login(String shard) throws SQLException {
        try {
            return new Login(null, Files.readString(file).strip());
        } catch (IOException e) {
            throw new SQLException(
                    "shard \"%s\": the password file %s cannot be read; no connection was opened"
                            .formatted(shard, file),
                    "08001",
                    e);
        }
    }
}
