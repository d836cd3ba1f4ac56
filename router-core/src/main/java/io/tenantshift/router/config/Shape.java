package io.tenantshift.router.config;

import java.time.Duration;
import java.util.List;

/** What a value in the file must look like. The reader, the documentation and the JSON schema are made from it. Immutable. */
sealed interface Shape {
    /** Any text, taken as it is written: {@code 007} stays so. */
    record Text() implements Shape {}

    /** A text that is never shown. */
    record Secret() implements Shape {}

    /** The JDBC URL of a PostgreSQL database. */
    record Url() implements Shape {}

    /** The path of a file; relative ones begin where the configuration file is. */
    record FilePath() implements Shape {}

    /** The name of a shard of this file. */
    record ShardName() implements Shape {}

    /** The name of a class of which an object can be made. */
    record ClassName(Class<?> of) implements Shape {}

    /** A whole number within bounds. */
    record Whole(long least, long most) implements Shape {}

    /** A duration within bounds. */
    record Time(Duration least, Duration most) implements Shape {}

    /** One of a few words. */
    record Choice(List<String> words) implements Shape {}

    /** A mapping with known keys. */
    record Section(List<Key> keys) implements Shape {}

    /**
     * A mapping whose keys the file chooses.
     *
     * @param name what a key is, for documentation
     */
    record Named(String name, Shape each) implements Shape {}

    /** A list. */
    record Items(Shape each) implements Shape {}
}
