package io.tenantshift.router.config;

import io.tenantshift.router.config.Key.Standard;
import java.util.ArrayList;
import java.util.List;

/** Shapes in words: for messages and for the documentation. Stateless. */
final class ShapeText {
    private ShapeText() {}

    /** What a value of the shape is. */
    static String of(Shape shape) {
        if (shape instanceof Shape.Whole whole) {
            return "a whole number"
                    + (whole.least() == 1 && whole.most() == Long.MAX_VALUE ? "" : Scalars.range(whole));
        }
        if (shape instanceof Shape.Time time) {
            return "a duration from %s to %s".formatted(Scalars.written(time.least()), Scalars.written(time.most()));
        }
        if (shape instanceof Shape.Choice choice) {
            return "one of " + String.join(", ", choice.words());
        }
        if (shape instanceof Shape.Items items) {
            return "a list, each " + of(items.each());
        }
        if (shape instanceof Shape.Named named) {
            return "a mapping from %s to %s".formatted(named.name(), of(named.each()));
        }
        if (shape instanceof Shape.Section) {
            return "a mapping of keys";
        }
        if (shape instanceof Shape.Url) {
            return "a JDBC URL";
        }
        if (shape instanceof Shape.FilePath) {
            return "a file's path";
        }
        if (shape instanceof Shape.ClassName named) {
            return "the name of a class that implements " + named.of().getSimpleName();
        }
        return shape instanceof Shape.ShardName ? "a shard's name" : "a text";
    }

    /** All keys below a section, each section before its keys. */
    static List<ConfigurationKey> keys(Shape.Section section) {
        List<ConfigurationKey> all = new ArrayList<>();
        add(all, section, "");
        return List.copyOf(all);
    }

    private static void add(List<ConfigurationKey> all, Shape.Section section, String prefix) {
        for (Key key : section.keys()) {
            String path = prefix + key.name();
            all.add(new ConfigurationKey(path, of(key.shape()), standard(key.standard()), key.description()));
            below(all, key.shape(), path);
        }
    }

    private static void below(List<ConfigurationKey> all, Shape shape, String path) {
        if (shape instanceof Shape.Section section) {
            add(all, section, path + ".");
        } else if (shape instanceof Shape.Named named) {
            below(all, named.each(), "%s.<%s>".formatted(path, named.name()));
        } else if (shape instanceof Shape.Items items) {
            below(all, items.each(), path + "[]");
        }
    }

    private static String standard(Standard standard) {
        if (standard instanceof Standard.Value value) {
            return value.written();
        }
        if (standard instanceof Standard.Derived derived) {
            return derived.words();
        }
        return standard instanceof Standard.Required ? "must be set" : "none";
    }
}
