package io.tenantshift.examples.shop;

import io.tenantshift.examples.shop.Reading.What;
import io.tenantshift.router.TenantContext;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A client of the shop: one thread that serves one visitor after the other, as a service does. */
final class Client implements Runnable {
    private static final int ATTEMPTS = 6;

    private final Marketplace marketplace;
    private final Generator generator;
    private final DataSource dataSource;
    private final Ledger ledger;
    private final SplittableRandom random;
    private final Pace pace;
    private final Lock gate;
    private final Tally tally;
    private final Latency latency;
    private final Saboteur saboteur;

    Client(Load load, DataSource dataSource, Ledger ledger, SplittableRandom random, Pace pace, Saboteur saboteur) {
        this.marketplace = load.marketplace();
        this.generator = load.generator();
        this.dataSource = dataSource;
        this.ledger = ledger;
        this.random = random;
        this.pace = pace;
        this.gate = load.gate();
        this.tally = load.tally();
        this.latency = load.latency();
        this.saboteur = saboteur;
    }

    @Override
    public void run() {
        while (pace.next()) {
            gate.lock();
            try {
                Tenant tenant = marketplace.tenants().get(marketplace.skew().draw(random));
                long started = System.nanoTime();
                perform(tenant, draw(tenant));
                latency.ended(started);
            } finally {
                gate.unlock();
            }
        }
    }

    private void perform(Tenant tenant, Operation operation) {
        for (int made = 1; ; made++) {
            Attempt attempt = new Attempt(new UUID(random.nextLong(), random.nextLong()));
            try (var scope = TenantContext.enter(tenant.id())) {
                try (Connection connection = open(tenant, operation)) {
                    operation.run(connection, attempt);
                }
                tally.acknowledged(operation.writes());
                return;
            } catch (SQLException e) {
                if (Fault.of(e, attempt) == Fault.RETRY && made < ATTEMPTS) {
                    tally.retried();
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos((1L << made) + random.nextInt(4)));
                } else {
                    attempt.leaveInDoubt();
                    tally.failed(operation, e);
                    return;
                }
            } catch (RuntimeException e) {
                attempt.leaveInDoubt();
                tally.failed(operation, e);
                return;
            }
        }
    }

    private Connection open(Tenant tenant, Operation operation) throws SQLException {
        if (operation instanceof StatusChange change && change.how() == StatusChange.How.SABOTAGE) {
            tally.sabotaged();
            return saboteur.open(tenant.id());
        }
        return dataSource.getConnection();
    }

    private Operation draw(Tenant tenant) {
        int dice = random.nextInt(100);
        if (dice < 44) {
            return reading(
                    tenant,
                    dice < 12
                            ? What.ORDER_LIST
                            : dice < 28 ? What.ORDER_DETAIL : dice < 38 ? What.PRODUCT : What.DASHBOARD);
        }
        Operation drawn =
                dice < 58 ? paying(tenant) : dice < 72 ? statusChange(tenant) : dice < 78 ? deletion(tenant) : null;
        return drawn != null ? drawn : checkout(tenant);
    }

    private Operation reading(Tenant tenant, What what) {
        if (what == What.PRODUCT) {
            return new Reading(
                    tenant,
                    what,
                    tenant.products().at(random.nextInt(tenant.products().count())));
        }
        Order order = what == What.ORDER_DETAIL ? ledger.draw(tenant, random, any -> true) : null;
        return new Reading(tenant, what, order == null ? 0 : order.facts().id());
    }

    private Operation checkout(Tenant tenant) {
        long customer = tenant.customers().at(random.nextInt(tenant.customers().count()));
        return new Checkout(tenant, customer, generator.drawLines(tenant, random), random.nextInt(3) == 0, ledger);
    }

    private @Nullable Operation paying(Tenant tenant) {
        Order order = ledger.draw(
                tenant,
                random,
                any -> !any.state().status().equals("cancelled")
                        && any.payments().size() < 4);
        return order == null ? null : new Paying(order, 1 + random.nextInt(50_000), pick(Paying.How.values()), ledger);
    }

    private @Nullable Operation statusChange(Tenant tenant) {
        Order order = ledger.draw(tenant, random, any -> true);
        if (order == null) {
            return null;
        }
        if (saboteur.strikes(tenant.id())) {
            return new StatusChange(order, "shipped", StatusChange.How.SABOTAGE, ledger);
        }
        boolean cancel = order.payments().isEmpty() && random.nextInt(3) == 0;
        String status = cancel
                ? "cancelled"
                : pick(List.of("new", "packed", "shipped", "returned").toArray(new String[0]));
        StatusChange.How how = switch (random.nextInt(10)) {
            case 0 -> StatusChange.How.LITERAL;
            case 1, 2, 3 -> StatusChange.How.SAVEPOINT;
            default -> StatusChange.How.PREPARED;
        };
        return new StatusChange(order, status, how, ledger);
    }

    private @Nullable Operation deletion(Tenant tenant) {
        Order order = ledger.draw(tenant, random, Deletion::suits);
        return order == null ? null : new Deletion(order, ledger);
    }

    private <T> T pick(T[] values) {
        return values[random.nextInt(values.length)];
    }
}
