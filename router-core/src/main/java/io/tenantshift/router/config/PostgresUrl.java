package io.tenantshift.router.config;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/** The text of a shard's JDBC URL: whether it can be one, and how it may be shown. Stateless. */
final class PostgresUrl {
    private static final String PREFIX = "jdbc:postgresql:";

    private PostgresUrl() {}

    /** What is wrong with it, without its text, which may hold a password; null if nothing is. */
    static @Nullable String problem(String url) {
        if (!url.startsWith(PREFIX)) {
            return "does not begin with " + PREFIX;
        }
        if (base(url).indexOf('@') >= 0) {
            return "has a \"@\": user and password go into the keys user and password";
        }
        // Without its parameters, which the driver would log.
        boolean understood = Driver.parseURL(base(url), new Properties()) != null;
        return understood && parameterTexts(url).stream().allMatch(PostgresUrl::decodes)
                ? null
                : "is not understood by PostgreSQL's driver";
    }

    private static boolean decodes(String parameter) {
        try {
            return URLDecoder.decode(parameter, StandardCharsets.UTF_8) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Whether it names more than one server. */
    static boolean namesSeveral(String url) {
        Properties parsed = Driver.parseURL(base(url), new Properties());
        String host = parsed == null ? null : PGProperty.PG_HOST.getOrDefault(parsed);
        return host != null && host.contains(",");
    }

    /** The names of its parameters. */
    static List<String> parameters(String url) {
        List<String> names = new ArrayList<>();
        for (String parameter : parameterTexts(url)) {
            names.add(parameter.split("=", 2)[0]);
        }
        return names;
    }

    /** Without what may be secret: parameters that hold passwords, and those that the driver does not know. */
    static String masked(String url) {
        StringBuilder shown = new StringBuilder(base(url));
        char separator = '?';
        for (String parameter : parameterTexts(url)) {
            String name = parameter.split("=", 2)[0];
            boolean open = PGProperty.forName(name) != null
                    && !name.toLowerCase(Locale.ROOT).contains("password");
            shown.append(separator).append(open ? parameter : name + "=" + Setting.MASK);
            separator = '&';
        }
        return shown.toString();
    }

    private static String base(String url) {
        int question = url.indexOf('?');
        return question < 0 ? url : url.substring(0, question);
    }

    private static List<String> parameterTexts(String url) {
        int question = url.indexOf('?');
        return question < 0 || question == url.length() - 1
                ? List.of()
                : List.of(url.substring(question + 1).split("&"));
    }
}
