package io.tenantshift.examples.frameworks.jooq;

import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.multiset;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.sum;
import static org.jooq.impl.DSL.table;

import io.tenantshift.examples.frameworks.Program;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.sql.DataSource;
import org.jooq.BatchBindStep;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** Purchases and their lines. */
public final class JooqPurchases implements Program {
    private static final Table<Record> PURCHASE = table(name("purchase"));
    private static final Field<String> TENANT = field(name("purchase", "tenant_id"), SQLDataType.CLOB);
    private static final Field<Long> ID = field(name("purchase", "id"), SQLDataType.BIGINT);
    private static final Field<String> CUSTOMER = field(name("purchase", "customer"), SQLDataType.CLOB);
    private static final Field<String> STATUS = field(name("purchase", "status"), SQLDataType.CLOB);
    private static final Field<String[]> LABELS =
            field(name("purchase", "labels"), SQLDataType.CLOB.getArrayDataType());

    private static final Table<Record> LINE = table(name("purchase_line"));
    private static final Field<String> LINE_TENANT = field(name("purchase_line", "tenant_id"), SQLDataType.CLOB);
    private static final Field<Long> LINE_PURCHASE = field(name("purchase_line", "purchase_id"), SQLDataType.BIGINT);
    private static final Field<Integer> LINE_NO = field(name("purchase_line", "line"), SQLDataType.INTEGER);
    private static final Field<String> PRODUCT = field(name("purchase_line", "product"), SQLDataType.CLOB);
    private static final Field<Integer> QUANTITY = field(name("purchase_line", "quantity"), SQLDataType.INTEGER);

    @Override
    public List<String> run(DataSource dataSource, String tenant) {
        return new Shop(DSL.using(dataSource, SQLDialect.POSTGRES), tenant).run();
    }

    private static final class Shop {
        private final DSLContext db;
        private final String tenant;
        private final List<String> seen = new ArrayList<>();

        Shop(DSLContext db, String tenant) {
            this.db = db;
            this.tenant = tenant;
        }

        List<String> run() {
            long first = purchase(db, "ada", "red", "urgent");
            lines(first, "apple", "pear", "plum");
            transactions();
            upsert(first);
            change(first);
            read();
            return seen;
        }

        private long purchase(DSLContext on, String customer, String... labels) {
            Record made = on.insertInto(PURCHASE, TENANT, CUSTOMER, STATUS, LABELS)
                    .values(tenant, customer, "open", labels)
                    .returning(ID, STATUS)
                    .fetchSingle();
            seen.add("purchase %d %s".formatted(made.get(ID), made.get(STATUS)));
            return made.get(ID);
        }

        private void lines(long purchase, String... products) {
            BatchBindStep batch = db.batch(db.insertInto(LINE, LINE_TENANT, LINE_PURCHASE, LINE_NO, PRODUCT, QUANTITY)
                    .values((String) null, null, null, null, null));
            for (int i = 0; i < products.length; i++) {
                batch = batch.bind(tenant, purchase, i + 1, products[i], i + 1);
            }
            seen.add("lines " + Arrays.toString(batch.execute()));
        }

        /** A transaction in a transaction is a savepoint: the inner one's failure undoes the inner one. */
        private void transactions() {
            db.transaction(outer -> {
                purchase(outer.dsl(), "bob");
                try {
                    outer.dsl().transaction(inner -> {
                        purchase(inner.dsl(), "cyd");
                        inner.dsl()
                                .insertInto(LINE, LINE_TENANT, LINE_PURCHASE, LINE_NO, PRODUCT, QUANTITY)
                                .values(tenant, -1L, 1, "nothing", 1)
                                .execute();
                    });
                } catch (IntegrityConstraintViolationException e) {
                    seen.add("inner refused " + e.sqlState());
                }
                purchase(outer.dsl(), "dan");
            });
            try {
                db.transaction(outer -> {
                    purchase(outer.dsl(), "eve");
                    throw new IllegalStateException("changed her mind");
                });
            } catch (IllegalStateException e) {
                seen.add(String.valueOf(e.getMessage()));
            }
        }

        private void upsert(long purchase) {
            seen.add("upserted "
                    + db.insertInto(LINE, LINE_TENANT, LINE_PURCHASE, LINE_NO, PRODUCT, QUANTITY)
                            .values(tenant, purchase, 1, "apple", 10)
                            .values(tenant, purchase, 4, "fig", 1)
                            .onConflict(field(name("tenant_id")), field(name("purchase_id")), field(name("line")))
                            .doUpdate()
                            .set(QUANTITY, QUANTITY.plus(DSL.excluded(QUANTITY)))
                            .returningResult(LINE_NO, QUANTITY)
                            .fetch(row -> row.value1() + ":" + row.value2()));
        }

        private void change(long purchase) {
            seen.add("paid "
                    + db.update(PURCHASE)
                            .set(STATUS, "paid")
                            .where(TENANT.eq(tenant), ID.eq(purchase))
                            .returningResult(CUSTOMER, LABELS)
                            .fetchSingle(row -> row.value1() + " " + Arrays.toString(row.value2())));
            seen.add("deleted "
                    + db.deleteFrom(LINE)
                            .where(LINE_TENANT.eq(tenant), PRODUCT.in("pear", "plum"))
                            .execute());
        }

        private void read() {
            db.select(
                            CUSTOMER,
                            STATUS,
                            multiset(select(PRODUCT, QUANTITY)
                                    .from(LINE)
                                    .where(LINE_TENANT.eq(TENANT), LINE_PURCHASE.eq(ID))
                                    .orderBy(LINE_NO)))
                    .from(PURCHASE)
                    .where(TENANT.eq(tenant))
                    .orderBy(ID)
                    .forEach(row -> seen.add("%s %s %s"
                            .formatted(row.value1(), row.value2(), row.value3().intoMaps())));
            db.transaction(in -> {
                try (Cursor<?> lines = in.dsl()
                        .select(PRODUCT)
                        .from(LINE)
                        .where(LINE_TENANT.eq(tenant))
                        .orderBy(LINE_NO)
                        .fetchSize(1)
                        .fetchLazy()) {
                    lines.forEach(line -> seen.add(String.valueOf(line.get(0))));
                }
            });
            seen.add("totals "
                    + db.select(count(), sum(QUANTITY))
                            .from(LINE)
                            .where(LINE_TENANT.eq(tenant))
                            .fetchSingle()
                            .intoList());
            seen.add("version " + db.fetchValue("select current_setting('server_version_num')::int >= 130000"));
        }
    }
}
