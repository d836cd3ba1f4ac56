package io.tenantshift.dualwrite.internal.lane;

/**
 * Refused: a statement of the applier touched more or fewer rows than it had entries. The row to delete is not there, or the key belongs
 * to another tenant's row.
 */
final class AppliedCountException extends ApplyFailedException {
    private static final long serialVersionUID = 1L;

    AppliedCountException(String what, int expected, int found) {
        super("%s changed %d rows, expected %d".formatted(what, found, expected));
    }
}
