package io.tenantshift.router.config;

import java.util.Iterator;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * A text as the tree of its YAML nodes, each of which knows where it stands. What the parser says of a wrong text is shown only if it
 * quotes nothing of that text, which may be half a password. Stateless.
 */
final class YamlText {
    private static final Set<String> PROBLEMS_WITHOUT_CONTENT = Set.of(
            "mapping values are not allowed here",
            "sequence entries are not allowed here",
            "could not find expected ':'",
            "found unexpected end of stream",
            "found unexpected document separator");

    private YamlText() {}

    /** The one document of the text; null if there is none, and that is reported. */
    static @Nullable Node compose(String text, Findings findings) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(findings.source())
                .setAllowNonScalarKeys(true)
                .build();
        try {
            Iterator<Node> documents =
                    new Compose(settings).composeAllFromString(text).iterator();
            if (!documents.hasNext()) {
                findings.add(Place.START, "the file is empty");
                return null;
            }
            Node document = documents.next();
            if (documents.hasNext()) {
                findings.add(Place.of(documents.next()), "a second document begins; only one is read");
            }
            return document;
        } catch (MarkedYamlEngineException e) {
            String problem = PROBLEMS_WITHOUT_CONTENT.contains(e.getProblem())
                    ? e.getProblem()
                    : "what stands here is not expected; quote a value with special characters, close what is opened, indent by spaces";
            findings.add(
                    Place.of(e.getProblemMark().or(e::getContextMark)),
                    "not YAML%s: %s"
                            .formatted(
                                    e.getContext() == null || e.getContext().isEmpty() ? "" : ", " + e.getContext(),
                                    problem));
        } catch (ReaderException e) {
            findings.add(
                    at(text, e.getPosition()),
                    "not YAML: a character that may not stand there, U+%04X".formatted(e.getCodePoint()));
        } catch (YamlEngineException e) {
            findings.add(Place.START, "not YAML 1.2 (%s)".formatted(e.getClass().getSimpleName()));
        } catch (StackOverflowError e) {
            // The parser descends with the nesting and has no limit of its own; nothing is held that it could have left
            // half done.
            findings.add(Place.START, "not a configuration: nested too deeply");
        }
        return null;
    }

    private static Place at(String text, int codePoints) {
        int line = 1;
        int column = 1;
        int index = 0;
        for (int seen = 0; seen < codePoints && index < text.length(); seen++) {
            int c = text.codePointAt(index);
            index += Character.charCount(c);
            column = c == '\n' ? 1 : column + 1;
            line += c == '\n' ? 1 : 0;
        }
        return new Place(line, column);
    }
}
