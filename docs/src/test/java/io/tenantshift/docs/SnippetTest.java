package io.tenantshift.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every Java block of README and docs compiles as it stands: as a class, or as statements below their import lines. */
class SnippetTest {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```java\\n(.*?)^```");
    private static final Pattern CLASS = Pattern.compile("(?m)^(public |final )*class ");
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    record Snippet(String place, String code) {
        @Override
        public String toString() {
            return place;
        }
    }

    static List<Snippet> snippets() throws IOException {
        List<Snippet> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(ROOT)) {
            for (Path file : files.filter(SnippetTest::isPage).sorted().toList()) {
                String text = Files.readString(file);
                Matcher block = BLOCK.matcher(text);
                while (block.find()) {
                    long line = text.substring(0, block.start()).lines().count() + 1;
                    found.add(new Snippet(ROOT.relativize(file) + ":" + line, block.group(1)));
                }
            }
        }
        return found;
    }

    private static boolean isPage(Path file) {
        String path = ROOT.relativize(file).toString();
        return path.endsWith(".md") && !path.contains("target") && !path.startsWith(".");
    }

    @ParameterizedTest
    @MethodSource("snippets")
    void everyJavaBlockOfTheDocumentationCompiles(Snippet snippet) {
        StringBuilder imports = new StringBuilder();
        StringBuilder body = new StringBuilder();
        snippet.code()
                .lines()
                .forEach(line -> (line.startsWith("import ") ? imports : body)
                        .append(line)
                        .append('\n'));
        boolean isClass = CLASS.matcher(body).find();
        String source = imports
                + (isClass
                        ? body.toString()
                        : "class Snippet {\n    void run() throws Exception {\n" + body + "    }\n}\n");
        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        compiler.getTask(
                        null,
                        null,
                        diagnostics,
                        List.of("-proc:none", "-d", System.getProperty("java.io.tmpdir"), "-cp", classPath()),
                        null,
                        List.of(new Source(source)))
                .call();
        assertThat(diagnostics.getDiagnostics().stream()
                        .filter(d -> d.getKind() == Diagnostic.Kind.ERROR)
                        .map(d -> d.getLineNumber() + ": " + d.getMessage(Locale.ROOT)))
                .as("%s\n%s", snippet.place(), source)
                .isEmpty();
    }

    private static String classPath() {
        String ofTests = System.getProperty("surefire.test.class.path");
        return ofTests != null ? ofTests : System.getProperty("java.class.path");
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(URI.create("string:///Snippet.java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
