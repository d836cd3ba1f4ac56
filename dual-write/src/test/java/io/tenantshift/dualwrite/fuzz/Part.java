package io.tenantshift.dualwrite.fuzz;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a statement's text.
 *
 * @param text the text
 * @param parameters for each placeholder in it the values, one for each execution
 * @param group 0 if the statement needs it; else it may be left out together with the other parts of this number
 */
record Part(String text, List<List<@Nullable Object>> parameters, int group) {}
