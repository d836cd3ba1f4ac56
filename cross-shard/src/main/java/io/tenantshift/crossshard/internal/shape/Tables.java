package io.tenantshift.crossshard.internal.shape;

import java.util.Map;
import java.util.Set;

/**
 * The tables that statements across tenants may name, by their bare names. Immutable.
 *
 * @param tenantColumns the tenants' tables with their tenant columns
 * @param references the tables that every shard has with the same rows
 */
public record Tables(Map<String, String> tenantColumns, Set<String> references) {
    public Tables {
        tenantColumns = Map.copyOf(tenantColumns);
        references = Set.copyOf(references);
    }
}
