package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Pitfall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A good file is followed; anything else leaves what was. */
final class WatchedFileShardMapTest {
    private static final ShardMap THIRD = ShardMap.version(3)
            .slots(0, 99, "s0")
            .slots(100, ShardMap.SLOTS - 1, "s1")
            .pin("acme", "s2")
            .pin("bolt", "s2")
            .build();

    private long modified = 1_700_000_000_000L;

    @TempDir
    Path directory;

    private Path file;
    private WatchedFileShardMap source;

    @BeforeEach
    void watch() {
        file = directory.resolve("map.properties");
        source = new WatchedFileShardMap(file);
    }

    private void write(String content) throws IOException {
        Files.writeString(file, content);
        modified += 1000;
        Files.setLastModifiedTime(file, FileTime.fromMillis(modified));
    }

    private void assertKept(String... findings) {
        assertThat(source.current()).isEqualTo(THIRD);
        assertThat(source.problem().orElseThrow()).contains(findings).contains("version 3 stays");
    }

    @Test
    void whatADocumentSaysWithItsVersionIsReadBack() throws IOException {
        write(THIRD.versionedDocument());
        assertThat(source.current()).isEqualTo(THIRD);
        assertThat(source.problem()).isEmpty();
        write(THIRD.withVersion(4).versionedDocument());
        assertThat(source.current()).isEqualTo(THIRD.withVersion(4));
    }

    @Test
    void withoutAGoodFileThereIsNoMapAndItSaysWhy() throws IOException {
        assertThatThrownBy(source::current)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("NoSuchFileException")
                .hasMessageContaining("there is no other");
        write("version=1\n");
        assertThatThrownBy(source::current).hasMessageContaining("4096 of 4096 slots are on no shard");
    }

    /** Every beginning of a good file but the whole; also those that end with a line and would pass as a map with fewer pinned tenants. */
    @Test
    void noBeginningOfAFileIsTakenForTheWhole() throws IOException {
        write(THIRD.versionedDocument());
        assertThat(source.current()).isEqualTo(THIRD);
        String next = THIRD.withVersion(14).versionedDocument();
        for (int length = 0; length < next.length(); length++) {
            write(next.substring(0, length));
            assertKept(length == 0 ? "empty" : "half-written");
        }
        write(next);
        assertThat(source.current()).isEqualTo(THIRD.withVersion(14));
    }

    @Test
    void everythingThatIsWrongIsToldAtOnce() throws IOException {
        write(THIRD.versionedDocument());
        source.current();
        write("slots.0-10=s0\nslots.5-20=s1\ncolour=blue\nversion=2\n");
        assertKept(
                "slot 5 is on \"s0\" and on \"s1\"",
                "colour",
                "slots are on no shard",
                "older than version 3, which is in use");
        write("slots.0-4095=s0\nversion=four\n");
        assertKept("version=four is not a whole number");
    }

    @Test
    @Pitfall(45)
    void aFileThatChangesUnderItsVersionOrGoesBackIsNotUsed() throws IOException {
        write(THIRD.versionedDocument());
        source.current();
        write(ShardMap.everyoneOn(3, "s0").versionedDocument());
        assertKept("version 3 has another content");
        write(ShardMap.everyoneOn(2, "s0").versionedDocument());
        assertKept("older than version 3");
        write(ShardMap.spread(4, List.of("s0", "s1")).versionedDocument());
        assertThat(source.current().version()).isEqualTo(4);
        assertThat(source.problem()).isEmpty();
    }

    @Test
    void aFileThatIsGoneLeavesWhatWasAndIsReadAgainWhenItIsBack() throws IOException {
        write(THIRD.versionedDocument());
        source.current();
        Files.delete(file);
        assertKept("cannot be read");
        write(THIRD.versionedDocument());
        assertThat(source.problem()).isEmpty();
    }

    @Test
    void aFileThatIsRenamedOverTheOldOneIsSeenThoughTimeAndSizeAreTheSame() throws IOException {
        write(THIRD.versionedDocument());
        source.current();
        Path next = Files.writeString(
                directory.resolve("next"), THIRD.withVersion(4).versionedDocument());
        Files.setLastModifiedTime(next, Files.getLastModifiedTime(file));
        assertThat(Files.size(next)).isEqualTo(Files.size(file));
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(source.current().version()).isEqualTo(4);
    }
}
