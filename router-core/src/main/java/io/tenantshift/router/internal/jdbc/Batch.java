package io.tenantshift.router.internal.jdbc;

import java.util.ArrayList;
import java.util.List;

/** What was added to a batch: texts, or the parameters of a prepared text. Not safe for concurrent use. */
final class Batch {
    final List<String> texts = new ArrayList<>();
    final List<Parameters> entries = new ArrayList<>();
    /** How many of the entries the driver's statement has too. */
    int handedOn;
}
