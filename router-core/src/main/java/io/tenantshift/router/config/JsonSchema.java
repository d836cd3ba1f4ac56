package io.tenantshift.router.config;

import io.tenantshift.router.config.Key.Standard;
import io.tenantshift.router.internal.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The keys as a JSON schema, for editors. It knows the form of the file; what refers to other parts of it is checked when it is read.
 * Stateless.
 */
final class JsonSchema {
    static final String RESOURCE = "router.schema.json";

    private static final String PLACEHOLDER = "\\$\\{";

    private JsonSchema() {}

    /** The schema's text: fixed order, two spaces, a line end at the end. */
    static String text() {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("title", "Configuration of a Tenantshift router");
        schema.putAll(of(RouterKeys.ROOT));
        return written(schema, "") + "\n";
    }

    private static Map<String, Object> of(Shape shape) {
        Map<String, Object> schema = new LinkedHashMap<>();
        if (shape instanceof Shape.Section section) {
            Map<String, Object> properties = new LinkedHashMap<>();
            section.keys().forEach(key -> properties.put(key.name(), of(key)));
            schema.put("type", "object");
            schema.put("properties", properties);
            List<String> required = section.keys().stream()
                    .filter(Key::isRequired)
                    .map(Key::name)
                    .toList();
            if (!required.isEmpty()) {
                schema.put("required", required);
            }
            schema.put("additionalProperties", false);
        } else if (shape instanceof Shape.Named named) {
            schema.put("type", "object");
            schema.put("minProperties", 1L);
            schema.put("additionalProperties", of(named.each()));
        } else if (shape instanceof Shape.Items items) {
            schema.put("type", "array");
            schema.put("minItems", 1L);
            schema.put("items", of(items.each()));
        } else if (shape instanceof Shape.Whole whole) {
            Map<String, Object> number = new LinkedHashMap<>();
            number.put("type", "integer");
            number.put("minimum", whole.least());
            if (whole.most() != Long.MAX_VALUE) {
                number.put("maximum", whole.most());
            }
            schema.put("anyOf", List.of(number, string("^[0-9]+$|" + PLACEHOLDER)));
        } else if (shape instanceof Shape.Choice choice) {
            schema.put("anyOf", List.of(Map.of("enum", choice.words()), string(PLACEHOLDER)));
        } else if (shape instanceof Shape.Time) {
            schema.putAll(string("^([0-9]+(ms|s|m|h)|PT.+)$|" + PLACEHOLDER));
        } else if (shape instanceof Shape.ClassName) {
            schema.put("type", "string");
        } else if (shape instanceof Shape.Url) {
            schema.putAll(string("^jdbc:postgresql:|" + PLACEHOLDER));
        } else {
            // What YAML takes for a number is a text as well: a tenant's id, a password.
            schema.put("type", List.of("string", "number"));
        }
        return schema;
    }

    private static Map<String, Object> string(String pattern) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "string");
        schema.put("pattern", pattern);
        return schema;
    }

    private static Map<String, Object> of(Key key) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("description", key.description() + defaultInWords(key.standard()));
        schema.putAll(of(key.shape()));
        if (key.standard() instanceof Standard.Value standard) {
            boolean number = key.shape() instanceof Shape.Whole;
            schema.put("default", number ? Long.valueOf(standard.written()) : standard.written());
        }
        return schema;
    }

    private static String defaultInWords(Standard standard) {
        return standard instanceof Standard.Derived derived ? " Default: %s.".formatted(derived.words()) : "";
    }

    private static String written(Object value, String indent) {
        String inner = indent + "  ";
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(entry ->
                            inner + Json.quote(entry.getKey().toString()) + ": " + written(entry.getValue(), inner))
                    .collect(Collectors.joining(",\n", "{\n", "\n" + indent + "}"));
        }
        if (value instanceof List<?> list) {
            return list.stream().map(each -> written(each, indent)).collect(Collectors.joining(", ", "[", "]"));
        }
        return value instanceof String text ? Json.quote(text) : value.toString();
    }
}
