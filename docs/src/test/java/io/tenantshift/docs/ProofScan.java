package io.tenantshift.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds {@code @Guarantee} and {@code @Pitfall} in test sources. Sources, not classes: it sees every module whatever has
 * been compiled or run before.
 */
final class ProofScan {

    private static final Pattern COMMENT = Pattern.compile("(?s:/\\*.*?\\*/)|(?m:^\\s*//.*$)");
    private static final Pattern ANNOTATION = Pattern.compile("@(Guarantee|Pitfall)\\s*\\(([^)]*)\\)");
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");
    private static final Pattern DECLARATION = Pattern.compile("\\b(?:void|class)\\s+(\\w+)");

    /** One test, or every test of a class, and one number that it claims. */
    record Proof(String kind, int number, String test) {}

    private ProofScan() {}

    /** All claims in {@code src/test/java} of the modules below the root, but for the testkit's own made-up ones. */
    static List<Proof> below(Path root) throws IOException {
        List<Proof> found = new ArrayList<>();
        for (Path module : modules(root)) {
            try (Stream<Path> files = Files.walk(module.resolve("src/test/java"))) {
                for (Path file : files.filter(path -> path.toString().endsWith(".java"))
                        .sorted()
                        .toList()) {
                    found.addAll(in(
                            Files.readString(file),
                            file.getFileName().toString().replace(".java", "")));
                }
            }
        }
        return found;
    }

    private static List<Path> modules(Path root) throws IOException {
        try (Stream<Path> directories = Files.walk(root, 2)) {
            return directories
                    .filter(path -> Files.isDirectory(path.resolve("src/test/java")))
                    .filter(path -> !path.endsWith("testkit"))
                    .sorted()
                    .toList();
        }
    }

    /** The claims of one source file. */
    static List<Proof> in(String source, String className) {
        String code = COMMENT.matcher(source).replaceAll("");
        List<Proof> found = new ArrayList<>();
        Matcher annotation = ANNOTATION.matcher(code);
        while (annotation.find()) {
            Matcher declaration = DECLARATION.matcher(code);
            String name = declaration.find(annotation.end()) ? declaration.group(1) : "?";
            String test = name.equals(className) ? className + " (all)" : className + "." + name;
            Matcher number = NUMBER.matcher(annotation.group(2));
            while (number.find()) {
                found.add(new Proof(annotation.group(1), Integer.parseInt(number.group()), test));
            }
        }
        return found;
    }
}
