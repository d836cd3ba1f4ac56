package io.tenantshift.dualwrite.internal.capture;

import io.tenantshift.dualwrite.ImageSql;
import io.tenantshift.dualwrite.Layout;
import io.tenantshift.router.sql.Identifiers;

/** The SQL expressions that turn a row into its entry; how a value becomes text is said by {@link ImageSql}. Stateless. */
final class Image {
    private Image() {}

    /** All values of the row that is called {@code reference}, in layout order, as {@code text[]}. */
    static String values(Layout layout, String reference) {
        return ImageSql.values(layout, reference);
    }

    /** The tenant of the row, as text. */
    static String tenant(Layout layout, String reference) {
        return ImageSql.text(layout.column(layout.tenantColumn()), reference);
    }

    /** The whole row as one value of the table's type, generated columns included. */
    static String row(Layout layout, String reference) {
        return "(" + Identifiers.quote(reference) + ".*)::" + layout.quotedTable();
    }
}
