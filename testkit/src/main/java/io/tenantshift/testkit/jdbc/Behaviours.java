package io.tenantshift.testkit.jdbc;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Collects behaviours; a name may be given once. Not safe for concurrent use. */
final class Behaviours {
    private final Map<String, Behaviour> byKey = new LinkedHashMap<>();
    private String topic = "";

    /** All behaviours of the suite, in the order in which they are run. */
    static List<Behaviour> all() {
        Behaviours all = new Behaviours();
        Topics.addTo(all);
        return new ArrayList<>(all.byKey.values());
    }

    /** What the following consumer adds belongs to this topic. */
    Behaviours topic(String name, Consumer<Behaviours> behaviours) {
        topic = name;
        behaviours.accept(this);
        return this;
    }

    /** A behaviour of a fresh connection, in autocommit. */
    void add(String name, Behaviour.OnConnection code) {
        put(name, false, (side, o) -> code.run(side.connect(), o));
    }

    /** A behaviour of a fresh connection, out of autocommit. */
    void addInTransaction(String name, Behaviour.OnConnection code) {
        put(name, false, (side, o) -> {
            var connection = side.connect();
            connection.setAutoCommit(false);
            code.run(connection, o);
        });
    }

    /** A behaviour of more than one connection, or of the DataSource. */
    void addOnSide(String name, Behaviour.Code code) {
        put(name, false, code);
    }

    /** A behaviour that calls methods by reflection on closed objects; it accounts for none of them. */
    void addSweep(String name, Behaviour.OnConnection code) {
        put(name, true, (side, o) -> code.run(side.connect(), o));
    }

    private void put(String name, boolean sweep, Behaviour.Code code) {
        Behaviour behaviour = new Behaviour(topic, name, sweep, code);
        if (byKey.put(behaviour.key(), behaviour) != null) {
            throw new IllegalStateException("two behaviours are called \"" + behaviour.key() + "\"; rename one");
        }
    }
}
