package io.tenantshift.router.config;

/**
 * A known key of a section.
 *
 * @param standard what counts where the file does not say
 * @param description one sentence or two, for the documentation and for editors
 */
record Key(String name, Shape shape, Standard standard, String description) {
    /** What counts where the file does not say. */
    sealed interface Standard {
        /** The file must say. */
        record Required() implements Standard {}

        /** Nothing does. */
        record None() implements Standard {}

        /** A value, as it would be written. */
        record Value(String written) implements Standard {}

        /** What other settings lead to, in words. */
        record Derived(String words) implements Standard {}
    }

    static Key required(String name, Shape shape, String description) {
        return new Key(name, shape, new Standard.Required(), description);
    }

    static Key optional(String name, Shape shape, String description) {
        return new Key(name, shape, new Standard.None(), description);
    }

    static Key standard(String name, Shape shape, String written, String description) {
        return new Key(name, shape, new Standard.Value(written), description);
    }

    static Key derived(String name, Shape shape, String words, String description) {
        return new Key(name, shape, new Standard.Derived(words), description);
    }

    boolean isRequired() {
        return standard instanceof Standard.Required;
    }
}
