package io.tenantshift.router.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What stands in the file, read as its shape says. Has no secret in {@code toString}. */
sealed interface Value {
    /** Where it stands; {@link Place#NOWHERE} for a default. */
    Place place();

    /** Something that was wrong, and was reported. */
    record Wrong(Place place) implements Value {}

    /**
     * A text, a number, a duration.
     *
     * @param value as its shape has it
     * @param variables the environment variables that it was made with
     */
    record Scalar(Place place, Object value, List<String> variables) implements Value {
        static Scalar standard(Object value) {
            return new Scalar(Place.NOWHERE, value, List.of());
        }

        String text() {
            return (String) value;
        }

        /** For messages: what a variable holds may be a secret, whatever the key. */
        String shown() {
            return variables.isEmpty() ? "\"" + value + "\"" : "from ${" + String.join("}, ${", variables) + "}";
        }

        @Override
        public String toString() {
            return "Scalar[" + place + "]";
        }
    }

    /** A list. */
    record Items(Place place, List<Value> all) implements Value {
        /** The entries of that kind; others were reported. */
        <V extends Value> List<V> of(Class<V> kind) {
            return all.stream().filter(kind::isInstance).map(kind::cast).toList();
        }

        @Override
        public String toString() {
            return "Items[" + place + "]";
        }
    }

    /** A mapping. Not safe for concurrent use. */
    final class Section implements Value {
        private final Place place;
        private final Map<String, Value> values = new LinkedHashMap<>();
        private final Map<String, Place> keys = new LinkedHashMap<>();

        Section(Place place) {
            this.place = place;
        }

        @Override
        public Place place() {
            return place;
        }

        void put(String key, Place keyPlace, Value value) {
            values.put(key, value);
            keys.put(key, keyPlace);
        }

        /** Says what counts for a key that the file leaves out. */
        void fill(String key, Value standard) {
            put(key, Place.NOWHERE, standard);
        }

        boolean has(String key) {
            return values.containsKey(key);
        }

        @Nullable
        Value get(String key) {
            return values.get(key);
        }

        /** Where the key stands, else where the section begins. */
        Place keyPlace(String key) {
            return keys.getOrDefault(key, place);
        }

        /** The keys in the order of the file. */
        List<String> names() {
            return new ArrayList<>(values.keySet());
        }

        private <V extends Value> @Nullable V get(String key, Class<V> kind) {
            Value value = values.get(key);
            return kind.isInstance(value) ? kind.cast(value) : null;
        }

        /** Null if the key is left out or wrong. */
        @Nullable
        Scalar scalar(String key) {
            return get(key, Scalar.class);
        }

        /** Null if the key is left out or wrong. */
        @Nullable
        Section section(String key) {
            return get(key, Section.class);
        }

        /** Null if the key is left out or wrong. */
        @Nullable
        Items items(String key) {
            return get(key, Items.class);
        }

        /** Null if the key is left out or wrong. */
        @Nullable
        String text(String key) {
            Scalar scalar = scalar(key);
            return scalar == null ? null : scalar.text();
        }

        @Override
        public String toString() {
            return "Section[" + place + "]";
        }
    }
}
