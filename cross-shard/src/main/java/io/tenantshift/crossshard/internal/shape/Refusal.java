package io.tenantshift.crossshard.internal.shape;

/** Ends the reading of a statement that is not on the list. Without a stack trace: it is caught at once. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    final Rule rule;
    final String found;

    Refusal(Rule rule, String found) {
        super(found, null, false, false);
        this.rule = rule;
        this.found = found;
    }
}
