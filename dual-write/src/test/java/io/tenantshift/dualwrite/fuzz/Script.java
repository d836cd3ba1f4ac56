package io.tenantshift.dualwrite.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What an application does with a few tables that are empty when it begins. */
record Script(List<Block> blocks) {
    static final String TENANT = "acme";

    static Script random(Dice dice, List<Table> tables, int length) {
        Grammar grammar = new Grammar(dice, tables);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            if (dice.chance(65)) {
                blocks.add(new Block(List.of(grammar.statement()), Block.Ending.AUTOCOMMIT));
            } else {
                blocks.add(transaction(dice, grammar));
            }
        }
        return new Script(List.copyOf(blocks));
    }

    private static Block transaction(Dice dice, Grammar grammar) {
        List<Action> actions = new ArrayList<>();
        boolean open = false;
        int length = 1 + dice.below(5);
        for (int i = 0; i < length; i++) {
            if (!open && dice.chance(20)) {
                actions.add(Action.Savepoints.SET);
                open = true;
            }
            actions.add(grammar.statement());
            if (open && dice.chance(50)) {
                actions.add(dice.chance(70) ? Action.Savepoints.ROLL_BACK_TO : Action.Savepoints.RELEASE);
                open = false;
            }
        }
        return new Block(List.copyOf(actions), dice.chance(80) ? Block.Ending.COMMIT : Block.Ending.ROLLBACK);
    }

    /** Scripts with one thing less, larger things first. */
    List<Script> shorter() {
        List<Script> shorter = new ArrayList<>();
        for (int b = 0; b < blocks.size(); b++) {
            shorter.add(replaced(b, List.of()));
        }
        for (int b = 0; b < blocks.size(); b++) {
            Block block = blocks.get(b);
            for (int a = 0; a < block.actions().size() && block.actions().size() > 1; a++) {
                List<Action> fewer = new ArrayList<>(block.actions());
                fewer.remove(a);
                shorter.add(replaced(b, List.of(new Block(fewer, block.ending()))));
            }
            for (int a = 0; a < block.actions().size(); a++) {
                if (block.actions().get(a) instanceof Action.Statement statement) {
                    for (Action.Statement less : shorter(statement)) {
                        List<Action> changed = new ArrayList<>(block.actions());
                        changed.set(a, less);
                        shorter.add(replaced(b, List.of(new Block(changed, block.ending()))));
                    }
                }
            }
        }
        return shorter;
    }

    private static List<Action.Statement> shorter(Action.Statement statement) {
        List<Action.Statement> shorter = new ArrayList<>();
        if (statement.executions() > 1) {
            shorter.add(statement.with(statement.parts(), 1));
            shorter.add(statement.with(statement.parts(), statement.executions() - 1));
        }
        statement.parts().stream()
                .map(Part::group)
                .filter(group -> group > 0)
                .distinct()
                .forEach(group -> {
                    List<Part> fewer = statement.parts().stream()
                            .filter(part -> part.group() != group)
                            .toList();
                    shorter.add(statement.with(fewer, statement.executions()));
                });
        return shorter;
    }

    private Script replaced(int block, List<Block> with) {
        List<Block> changed = new ArrayList<>(blocks);
        changed.remove(block);
        changed.addAll(block, with);
        return new Script(List.copyOf(changed));
    }

    @Override
    public String toString() {
        return blocks.stream().map(Block::toString).collect(Collectors.joining("\n"));
    }
}
