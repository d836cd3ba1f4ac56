package io.tenantshift.testkit.jdbc;

import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** Results through which rows are changed. */
final class UpdatableBehaviours {
    private static final String ITEMS = "select id, name, n, price, note from item order by id";

    private UpdatableBehaviours() {}

    static void addTo(Behaviours b) {
        changes(b);
        wrongStates(b);
        which(b);
        updaters(b);
    }

    private static void changes(Behaviours b) {
        b.add("a row is updated", (c, o) -> {
            ResultSet r = updatable(c, ITEMS);
            r.next();
            r.updateString("name", "changed");
            r.updateInt(3, 77);
            o.see("name before", () -> r.getString(2));
            o.see("update", () -> r.updateRow());
            o.see("name after", () -> r.getString(2));
            o.see("was updated", r::rowUpdated);
            o.see("place", r::getRow);
            seeItems(c, o);
        });
        b.add("an update is cancelled", (c, o) -> {
            ResultSet r = updatable(c, ITEMS);
            r.next();
            r.updateString("name", "changed");
            o.see("cancel", () -> r.cancelRowUpdates());
            o.see("name", () -> r.getString(2));
            o.see("update without changes", () -> r.updateRow());
            r.updateString("name", "forgotten");
            o.see("next forgets", r::next);
            o.see("update", () -> r.updateRow());
            seeItems(c, o);
        });
        b.add("a row is inserted", (c, o) -> {
            ResultSet r = updatable(c, ITEMS);
            o.see("to the insert row", () -> r.moveToInsertRow());
            o.see("value there", () -> r.getString("name"));
            r.updateString("name", "inserted");
            r.updateBigDecimal("price", new java.math.BigDecimal("5.50"));
            o.see("value there now", () -> r.getString("name"));
            o.see("insert", () -> r.insertRow());
            o.see("was inserted", r::rowInserted);
            o.see("id there", () -> r.getInt("id"));
            o.see("back", () -> r.moveToCurrentRow());
            o.see("place", r::getRow);
            o.see("last", r::last);
            o.see("its name", () -> r.getString("name"));
            seeItems(c, o);
        });
        b.add("rows are inserted one after the other", (c, o) -> {
            ResultSet r = updatable(c, ITEMS);
            r.moveToInsertRow();
            for (int i = 0; i < 3; i++) {
                r.updateString("name", "row " + i);
                if (i == 1) {
                    r.updateInt("n", 5);
                }
                o.see("insert " + i, () -> r.insertRow());
            }
            o.see("nothing set", () -> r.insertRow());
            seeItems(c, o);
        });
        b.add("a row is deleted", (c, o) -> {
            ResultSet r = updatable(c, ITEMS);
            r.next();
            r.next();
            o.see("delete", () -> r.deleteRow());
            o.see("was deleted", r::rowDeleted);
            o.see("place", r::getRow);
            o.see("value", () -> r.getInt(1));
            o.see("next", r::next);
            o.see("value of the next", () -> r.getInt(1));
            seeItems(c, o);
        });
        b.addOnSide("a row is refreshed", (side, o) -> {
            Connection c = side.connect();
            ResultSet r = updatable(c, ITEMS);
            r.next();
            side.outside("update item set name = 'by another' where id = 1");
            o.see("before", () -> r.getString("name"));
            o.see("refresh", () -> r.refreshRow());
            o.see("after", () -> r.getString("name"));
            side.outside("delete from item where id = 1");
            o.see("refresh of a deleted row", () -> r.refreshRow());
            r.updateString("name", "nobody");
            o.see("update of a deleted row", () -> r.updateRow());
            o.see("delete of a deleted row", () -> r.deleteRow());
        });
        b.add("the primary key is updated", (c, o) -> {
            ResultSet r = updatable(c, ITEMS);
            r.next();
            r.updateInt("id", 100);
            o.see("update", () -> r.updateRow());
            r.updateString("name", "by the new key");
            o.see("update again", () -> r.updateRow());
            seeItems(c, o);
        });
        b.add("a change breaks a constraint", (c, o) -> {
            ResultSet r = updatable(c, ITEMS);
            r.next();
            r.updateString("name", "two");
            o.see("update", () -> r.updateRow());
            o.see("name", () -> r.getString("name"));
            r.moveToInsertRow();
            r.updateNull("name");
            o.see("insert", () -> r.insertRow());
            r.updateString("name", "good");
            r.updateInt("n", -5);
            o.see("insert again", () -> r.insertRow());
            seeItems(c, o);
        });
        b.addInTransaction("changes are part of the transaction", (c, o) -> {
            ResultSet r = updatable(c, ITEMS);
            r.next();
            r.updateString("name", "changed");
            r.updateRow();
            c.rollback();
            seeItems(c, o);
            o.see("result closed", r::isClosed);
        });
        b.addInTransaction("with a fetch size", (c, o) -> {
            var s = c.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_UPDATABLE);
            s.setFetchSize(1);
            ResultSet r = s.executeQuery(ITEMS);
            while (r.next()) {
                int id = r.getInt(1);
                o.see("update " + id, () -> {
                    r.updateInt("n", 40 + id);
                    r.updateRow();
                });
            }
            c.commit();
            seeItems(c, o);
        });
        b.add("by a prepared statement", (c, o) -> {
            var p = c.prepareStatement(
                    "select id, n from item where id = ?",
                    ResultSet.TYPE_SCROLL_INSENSITIVE,
                    ResultSet.CONCUR_UPDATABLE);
            for (int i = 1; i < 4; i++) {
                p.setInt(1, i);
                ResultSet r = p.executeQuery();
                r.next();
                r.updateInt(2, i * 100);
                o.see("update", () -> r.updateRow());
            }
            seeItems(c, o);
        });
    }

    private static void wrongStates(Behaviours b) {
        b.add("wrong places and states", (c, o) -> {
            ResultSet r = updatable(c, ITEMS);
            o.see("update before the first", () -> r.updateString("name", "x"));
            o.see("updateRow before the first", () -> r.updateRow());
            o.see("deleteRow before the first", () -> r.deleteRow());
            o.see("refresh before the first", () -> r.refreshRow());
            o.see("insertRow without the insert row", () -> r.insertRow());
            o.see("cancel before the first", () -> r.cancelRowUpdates());
            r.moveToInsertRow();
            o.see("insert of nothing", () -> r.insertRow());
            o.see("updateRow on the insert row", () -> r.updateRow());
            o.see("deleteRow on the insert row", () -> r.deleteRow());
            o.see("refresh on the insert row", () -> r.refreshRow());
            o.see("cancel on the insert row", () -> r.cancelRowUpdates());
            r.moveToCurrentRow();
            o.see("current again", () -> r.moveToCurrentRow());
            r.next();
            o.see("unknown column", () -> r.updateString("nowhere", "x"));
            o.see("column 0", () -> r.updateInt(0, 1));
            o.see("column 99", () -> r.updateInt(99, 1));
            r.afterLast();
            o.see("update after the last", () -> r.updateString("name", "x"));
            o.see("delete after the last", () -> r.deleteRow());
            r.close();
            o.see("closed", () -> r.updateRow());
            o.see("closed, insert row", () -> r.moveToInsertRow());
        });
        b.add("a result that is read only", (c, o) -> {
            ResultSet r = c.createStatement().executeQuery(ITEMS);
            r.next();
            o.see("update", () -> r.updateString("name", "x"));
            o.see("updateRow", () -> r.updateRow());
            o.see("insertRow", () -> r.insertRow());
            o.see("deleteRow", () -> r.deleteRow());
            o.see("refreshRow", () -> r.refreshRow());
            o.see("insert row", () -> r.moveToInsertRow());
            o.see("current row", () -> r.moveToCurrentRow());
            o.see("cancel", () -> r.cancelRowUpdates());
            o.see("row updated", r::rowUpdated);
            o.see("row inserted", r::rowInserted);
            o.see("row deleted", r::rowDeleted);
        });
    }

    private static void which(Behaviours b) {
        for (String sql : List.of(
                "select name from item",
                "select id, name from item where id = 1",
                "select * from item",
                "select i.id, i.name, p.label from item i join part p on p.item_id = i.id",
                "select * from plain",
                "select * from composite_key",
                "select * from item_view",
                "select count(*) as n from item",
                "select id, name as called from item",
                "select * from only item",
                "select * from public.item",
                "select * from \"Odd \"\"Name\"",
                "select * from parted",
                "select 1 as one",
                "select id, upper(name) as name from item")) {
            b.add("which results can be: " + sql, (c, o) -> {
                o.see("query", () -> {
                    ResultSet r = updatable(c, sql);
                    o.see("concurrency", r::getConcurrency);
                    o.see("warnings", r::getWarnings);
                    o.see("next", r::next);
                    o.see(
                            "update",
                            () -> r.updateObject(
                                    r.getMetaData().getColumnCount(),
                                    r.getObject(r.getMetaData().getColumnCount())));
                    o.see("updateRow", () -> r.updateRow());
                    o.see("insert row", () -> r.moveToInsertRow());
                    o.see("current row", () -> r.moveToCurrentRow());
                    o.see("delete", () -> r.deleteRow());
                });
            });
        }
    }

    /** Each updater with a plain value, on a column of text, by index and by label. */
    private static void updaters(Behaviours b) {
        List<Method> updaters = Methods.of(
                ResultSet.class,
                method -> method.getName().startsWith("update")
                        && (Methods.beginsWith(method, int.class) || Methods.beginsWith(method, String.class)));
        for (String column : List.of("note", "price", "n")) {
            b.add("every updater on column " + column, (c, o) -> {
                for (Method updater : updaters) {
                    ResultSet r = updatable(c, "select " + column + ", id from item where id = 1");
                    r.next();
                    @org.jspecify.annotations.Nullable Object[] arguments = Methods.plainArguments(updater);
                    if (Methods.beginsWith(updater, String.class)) {
                        arguments[0] = column;
                    }
                    String name = Methods.signature(updater);
                    o.see(name, () -> Methods.call(updater, r, arguments));
                    o.see("row of " + name, () -> r.updateRow());
                    o.see("value of " + name, () -> r.getObject(1));
                    o.rows(
                            "stored by " + name,
                            () -> c.createStatement().executeQuery("select " + column + " from item where id = 1"));
                }
            });
        }
        b.add("every type of column is updated to itself", (c, o) -> {
            c.createStatement()
                    .execute(
                            "create table scratch.everything as table everything; alter table scratch.everything add primary key (which)");
            ResultSet r = updatable(c, "select * from scratch.everything order by which desc");
            while (r.next()) {
                for (String column : GetterBehaviours.COLUMNS) {
                    o.see("update " + column, () -> r.updateObject(column, r.getObject(column)));
                    o.see("row " + column, () -> r.updateRow());
                }
            }
            o.rows("rows", () -> c.createStatement().executeQuery("select * from scratch.everything order by which"));
        });
    }

    private static ResultSet updatable(Connection c, String sql) throws SQLException {
        return c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE)
                .executeQuery(sql);
    }

    private static void seeItems(Connection c, Observed o) {
        o.rows("items", () -> c.createStatement().executeQuery(ITEMS));
    }
}
