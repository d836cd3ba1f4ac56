package io.tenantshift.router.config;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Environment variables in a text: <code>${NAME}</code> and <code>${NAME:-default}</code>; <code>$${</code> is a <code>${</code> that
 * stays. What a variable holds is not looked at again. The default counts where the variable is not set or empty, as in a shell.
 *
 * @param text with the variables' values
 * @param variables the names of those that were used
 * @param problem what is wrong; null if nothing is. Holds no value of a variable
 */
record Placeholders(
        String text, List<String> variables, @Nullable String problem) {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\$\\{|\\$\\{([^}]*)(}?)");
    private static final Pattern CONTENT = Pattern.compile("([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", Pattern.DOTALL);

    static Placeholders resolve(String text, Function<String, @Nullable String> environment) {
        StringBuilder out = new StringBuilder();
        List<String> variables = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        Matcher found = PLACEHOLDER.matcher(text);
        int from = 0;
        while (found.find()) {
            out.append(text, from, found.start());
            from = found.end();
            if (found.group(1) == null) {
                out.append("${");
                continue;
            }
            Matcher content = CONTENT.matcher(found.group(1));
            if (found.group(2).isEmpty() || !content.matches()) {
                problems.add("a \"${\" begins no ${NAME} and no ${NAME:-default}; write \"$${\" for one that stays");
                continue;
            }
            String name = content.group(1);
            String standard = content.group(2);
            String value = environment.apply(name);
            variables.add(name);
            if (standard != null && (value == null || value.isEmpty())) {
                value = standard;
            }
            if (value == null) {
                problems.add("the environment variable %s is not set; set it, or write ${%s:-default}"
                        .formatted(name, name));
            } else {
                out.append(value);
            }
        }
        out.append(text, from, text.length());
        return new Placeholders(
                out.toString(), List.copyOf(variables), problems.isEmpty() ? null : String.join("; ", problems));
    }

    /** Without the text, which may be a secret. */
    @Override
    public String toString() {
        return "Placeholders[variables=%s]".formatted(variables);
    }
}
