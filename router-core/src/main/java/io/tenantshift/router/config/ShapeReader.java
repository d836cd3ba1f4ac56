package io.tenantshift.router.config;

import io.tenantshift.router.config.Key.Standard;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Reads a tree of YAML nodes as a shape says, and goes on after whatever is wrong, so that everything wrong is found. What refers to
 * other parts of the file is checked later, see {@link Assembly}. Not safe for concurrent use.
 */
final class ShapeReader {
    private static final Set<String> EMPTY_WORDS = Set.of("", "~", "null", "Null", "NULL");

    /** A place where a shard of this file is named. */
    record ShardReference(String path, Value.Scalar named) {}

    private final Findings findings;
    private final Function<String, @Nullable String> environment;
    private final List<ShardReference> shardReferences = new ArrayList<>();

    ShapeReader(Findings findings, Function<String, @Nullable String> environment) {
        this.findings = findings;
        this.environment = environment;
    }

    /** Where shards are named, in the order of the file. */
    List<ShardReference> shardReferences() {
        return shardReferences;
    }

    Value read(Node node, Shape shape, String path) {
        if (shape instanceof Shape.Section section) {
            return section(node, section, path);
        }
        if (shape instanceof Shape.Named named) {
            return named(node, named, path);
        }
        if (shape instanceof Shape.Items items) {
            return items(node, items, path);
        }
        return scalar(node, shape, path);
    }

    private Value wrong(Node node, String path, String problem) {
        findings.add(Place.of(node), "%s %s".formatted(path.isEmpty() ? "the file" : path, problem));
        return new Value.Wrong(Place.of(node));
    }

    private static boolean isEmpty(Node node) {
        return node instanceof ScalarNode scalar
                && scalar.isPlain()
                && (scalar.getTag().equals(Tag.NULL) || EMPTY_WORDS.contains(scalar.getValue()));
    }

    private Value mismatch(Node node, String path, String expected) {
        if (isEmpty(node)) {
            return wrong(node, path, "has no value; %s is expected".formatted(expected));
        }
        String found =
                node instanceof MappingNode ? "a mapping" : node instanceof SequenceNode ? "a list" : "a single value";
        return wrong(node, path, "is %s; %s is expected".formatted(found, expected));
    }

    // -------------------------------------------------------------------------------------------------- single values

    private Value scalar(Node node, Shape shape, String path) {
        if (!(node instanceof ScalarNode written) || isEmpty(node)) {
            return mismatch(node, path, ShapeText.of(shape));
        }
        Placeholders resolved = Placeholders.resolve(written.getValue(), environment);
        if (resolved.problem() != null) {
            return wrong(node, path, "cannot be read: %s".formatted(resolved.problem()));
        }
        // As it is written: what a variable holds may be a secret, whatever the key.
        String shown = "\"" + written.getValue() + "\"";
        if (resolved.text().isEmpty()) {
            return wrong(node, path, "is empty%s".formatted(resolved.variables().isEmpty() ? "" : ": " + shown));
        }
        Scalars.Outcome outcome = Scalars.read(resolved.text(), shape, shown);
        Object value = outcome.value();
        if (value == null) {
            return wrong(node, path, outcome.problem());
        }
        Value.Scalar scalar = new Value.Scalar(Place.of(node), value, resolved.variables());
        if (shape instanceof Shape.ShardName) {
            shardReferences.add(new ShardReference(path, scalar));
        }
        return scalar;
    }

    // --------------------------------------------------------------------------------------------------------- several

    private Value items(Node node, Shape.Items items, String path) {
        if (!(node instanceof SequenceNode sequence)) {
            return mismatch(node, path, "a list");
        }
        if (sequence.getValue().isEmpty()) {
            return wrong(node, path, "is empty");
        }
        List<Value> all = new ArrayList<>();
        for (Node each : sequence.getValue()) {
            all.add(read(each, items.each(), "%s[%d]".formatted(path, all.size())));
        }
        return new Value.Items(Place.of(node), List.copyOf(all));
    }

    private Value named(Node node, Shape.Named named, String path) {
        if (!(node instanceof MappingNode mapping)) {
            return mismatch(node, path, "a mapping from %s".formatted(named.name()));
        }
        if (mapping.getValue().isEmpty()) {
            return wrong(node, path, "is empty");
        }
        Value.Section section = new Value.Section(Place.of(node));
        keys(mapping, path).forEach((name, tuple) -> {
            Place at = Place.of(tuple.getKeyNode());
            if (name.isBlank()) {
                findings.add(at, "%s has an entry without a name".formatted(path));
            } else {
                section.put(name, at, read(tuple.getValueNode(), named.each(), path + "." + name));
            }
        });
        return section;
    }

    private Value section(Node node, Shape.Section shape, String path) {
        if (!(node instanceof MappingNode mapping)) {
            return mismatch(node, path, "a mapping of keys");
        }
        Map<String, Key> known = new LinkedHashMap<>();
        shape.keys().forEach(key -> known.put(key.name(), key));
        Value.Section section = new Value.Section(Place.of(node));
        Set<String> meant = new HashSet<>();
        keys(mapping, path).forEach((name, tuple) -> {
            Key key = known.get(name);
            String full = path.isEmpty() ? name : path + "." + name;
            Place at = Place.of(tuple.getKeyNode());
            if (key == null) {
                String nearest = Nearest.of(name, known.keySet());
                meant.add(nearest == null ? "" : nearest);
                findings.add(
                        at,
                        "unknown key \"%s\"; %s"
                                .formatted(
                                        full,
                                        nearest == null
                                                ? "known are " + known.keySet()
                                                : "did you mean \"%s\"?".formatted(nearest)));
            } else {
                section.put(name, at, read(tuple.getValueNode(), key.shape(), full));
            }
        });
        for (Key key : shape.keys()) {
            if (section.has(key.name())) {
                continue;
            }
            if (key.isRequired() && !meant.contains(key.name())) {
                wrong(node, path, "has no key \"%s\", which must be there".formatted(key.name()));
            }
            if (key.standard() instanceof Standard.Value standard) {
                section.fill(key.name(), standard(key, standard));
            }
        }
        return section;
    }

    private static Value.Scalar standard(Key key, Standard.Value standard) {
        Object value = Scalars.read(standard.written(), key.shape(), "").value();
        if (value == null) {
            throw new IllegalStateException("the default of \"%s\" is not of its shape".formatted(key.name()));
        }
        return Value.Scalar.standard(value);
    }

    /** The entries by their key; what is no key, or is there already, is reported. */
    private Map<String, NodeTuple> keys(MappingNode mapping, String path) {
        Map<String, NodeTuple> entries = new LinkedHashMap<>();
        Map<String, Place> first = new HashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            Place at = Place.of(tuple.getKeyNode());
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                findings.add(at, "a key%s is no single value".formatted(path.isEmpty() ? "" : " of " + path));
            } else if (first.putIfAbsent(key.getValue(), at) != null) {
                findings.add(
                        at,
                        "key \"%s\" is there already, in line %d"
                                .formatted(
                                        path.isEmpty() ? key.getValue() : path + "." + key.getValue(),
                                        first.getOrDefault(key.getValue(), at).line()));
            } else {
                entries.put(key.getValue(), tuple);
            }
        }
        return entries;
    }
}
