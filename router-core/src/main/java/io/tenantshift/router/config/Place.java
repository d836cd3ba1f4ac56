package io.tenantshift.router.config;

import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Where something stands in the file.
 *
 * @param line from 1; 0 for what does not stand there: a default
 * @param column from 1
 */
record Place(int line, int column) {
    static final Place START = new Place(1, 1);
    static final Place NOWHERE = new Place(0, 0);

    static Place of(Node node) {
        return of(node.getStartMark());
    }

    static Place of(Optional<Mark> mark) {
        return mark.map(at -> new Place(at.getLine() + 1, at.getColumn() + 1)).orElse(START);
    }

    boolean isInFile() {
        return line > 0;
    }
}
