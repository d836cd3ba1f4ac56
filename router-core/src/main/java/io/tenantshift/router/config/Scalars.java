package io.tenantshift.router.config;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads single values from their text. Stateless. */
final class Scalars {
    private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]{1,18}");
    private static final Pattern TIME = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");

    /**
     * What came of it.
     *
     * @param value as its shape has it; null if there is a problem
     * @param problem what is expected instead; empty if there is a value
     */
    record Outcome(@Nullable Object value, String problem) {
        static Outcome of(Object value) {
            return new Outcome(value, "");
        }

        static Outcome wrong(String problem) {
            return new Outcome(null, problem);
        }

        @Override
        public String toString() {
            return "Outcome[problem=" + problem + "]";
        }
    }

    private Scalars() {}

    /**
     * Reads a text.
     *
     * @param shown how the text may appear in a message
     */
    static Outcome read(String text, Shape shape, String shown) {
        if (shape instanceof Shape.Whole whole) {
            return whole(text, whole, shown);
        }
        if (shape instanceof Shape.Time time) {
            return time(text, time, shown);
        }
        if (shape instanceof Shape.Choice choice) {
            return choice.words().contains(text)
                    ? Outcome.of(text)
                    : Outcome.wrong("is %s; expected one of %s%s"
                            .formatted(shown, choice.words(), Nearest.hint(text, choice.words())));
        }
        if (shape instanceof Shape.Url) {
            String problem = PostgresUrl.problem(text);
            return problem == null ? Outcome.of(text) : Outcome.wrong(problem);
        }
        return Outcome.of(text);
    }

    private static Outcome whole(String text, Shape.Whole whole, String shown) {
        if (!WHOLE.matcher(text).matches()) {
            return Outcome.wrong("is %s; a whole number is expected%s".formatted(shown, range(whole)));
        }
        long value = Long.parseLong(text);
        return value >= whole.least() && value <= whole.most()
                ? Outcome.of(value)
                : Outcome.wrong("is %s; expected%s".formatted(shown, range(whole)));
    }

    static String range(Shape.Whole whole) {
        return whole.most() == Long.MAX_VALUE
                ? " at least %d".formatted(whole.least())
                : " from %d to %d".formatted(whole.least(), whole.most());
    }

    private static Outcome time(String text, Shape.Time time, String shown) {
        Duration value = duration(text);
        if (value == null) {
            return Outcome.wrong("is %s; a duration with its unit is expected, such as 500ms, 30s, 2m, 1h or PT30S"
                    .formatted(shown));
        }
        return value.compareTo(time.least()) >= 0 && value.compareTo(time.most()) <= 0
                ? Outcome.of(value)
                : Outcome.wrong(
                        "is %s; expected from %s to %s".formatted(shown, written(time.least()), written(time.most())));
    }

    private static @Nullable Duration duration(String text) {
        Matcher simple = TIME.matcher(text);
        if (simple.matches()) {
            long amount = Long.parseLong(simple.group(1));
            return switch (simple.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                default -> Duration.ofHours(amount);
            };
        }
        try {
            return text.startsWith("PT") ? Duration.parse(text) : null;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** A duration as the file may say it. */
    static String written(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 3_600_000 == 0) {
            return millis / 3_600_000 + "h";
        }
        if (millis % 60_000 == 0) {
            return millis / 60_000 + "m";
        }
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }

    /** A value as the file may say it, without secrets. */
    static String shown(Object value, Shape shape) {
        if (shape instanceof Shape.Secret) {
            return Setting.MASK;
        }
        if (shape instanceof Shape.Url) {
            return PostgresUrl.masked((String) value);
        }
        return value instanceof Duration duration ? written(duration) : String.format(Locale.ROOT, "%s", value);
    }
}
