package io.tenantshift.router.config;

import io.tenantshift.router.config.Value.Items;
import io.tenantshift.router.config.Value.Scalar;
import io.tenantshift.router.config.Value.Section;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists what counts and where it comes from. Not safe for concurrent use. */
final class Description {
    private final String source;
    private final List<Setting> settings = new ArrayList<>();

    private Description(String source) {
        this.source = source;
    }

    static List<Setting> of(String source, Section root) {
        Description description = new Description(source);
        description.add("", root, RouterKeys.ROOT);
        return List.copyOf(description.settings);
    }

    private void add(String path, @Nullable Value value, Shape shape) {
        if (value instanceof Scalar scalar) {
            settings.add(new Setting(path, Scalars.shown(scalar.value(), shape), origin(scalar)));
        } else if (value instanceof Items items && shape instanceof Shape.Items each) {
            for (int i = 0; i < items.all().size(); i++) {
                add("%s[%d]".formatted(path, i), items.all().get(i), each.each());
            }
        } else if (value instanceof Section section && shape instanceof Shape.Named named) {
            for (String name : section.names()) {
                add(path + "." + name, section.get(name), named.each());
            }
        } else if (value instanceof Section section && shape instanceof Shape.Section known) {
            for (Key key : known.keys()) {
                add(path.isEmpty() ? key.name() : path + "." + key.name(), section.get(key.name()), key.shape());
            }
        }
    }

    private String origin(Scalar scalar) {
        if (!scalar.place().isInFile()) {
            return "default";
        }
        String place = source + ":" + scalar.place().line();
        return scalar.variables().isEmpty()
                ? place
                : "%s (environment %s)".formatted(place, String.join(", ", scalar.variables()));
    }
}
