package io.tenantshift.examples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class GeneratorTest {
    @Test
    void theSameSeedMakesTheSameRows() throws IOException {
        for (ShopTable table : ShopTable.values()) {
            assertThat(rows(table, 7))
                    .as(table.name())
                    .isEqualTo(rows(table, 7))
                    .isNotEmpty();
        }
    }

    @Test
    void anotherSeedMakesOtherRows() throws IOException {
        assertThat(rows(ShopTable.ORDERS, 7)).isNotEqualTo(rows(ShopTable.ORDERS, 8));
    }

    @Test
    void theUsualMarketplaceHasTwoHundredThousandRowsInTwoHundredTenants() throws IOException {
        Generator generator = new Generator(Marketplace.plan(1, 200, Marketplace.USUAL_ORDERS));
        long rows = 0;
        for (ShopTable table : ShopTable.values()) {
            rows += generator.write(table, Writer.nullWriter());
        }
        assertThat(rows).isGreaterThan(200_000);
        Set<String> ids = new HashSet<>();
        Marketplace.plan(1, 200, Marketplace.USUAL_ORDERS).tenants().forEach(tenant -> ids.add(tenant.id()));
        assertThat(ids).hasSize(200).contains("acme", "Acme", "acme ", "7", "007");
    }

    @Test
    void theFirstTenantsAreTheBusiest() {
        Marketplace marketplace = Marketplace.plan(1, 200, Marketplace.USUAL_ORDERS);
        assertThat(marketplace.tenants().get(0).orders().count())
                .isGreaterThan(20 * marketplace.tenants().get(100).orders().count());
        SplittableRandom random = new SplittableRandom(1);
        int first = 0;
        for (int i = 0; i < 10_000; i++) {
            first += marketplace.skew().draw(random) == 0 ? 1 : 0;
        }
        assertThat(first).isBetween(1_500, 1_900);
    }

    private static String rows(ShopTable table, long seed) throws IOException {
        StringWriter out = new StringWriter();
        new Generator(Marketplace.plan(seed, 12, 300)).write(table, out);
        return out.toString();
    }
}
