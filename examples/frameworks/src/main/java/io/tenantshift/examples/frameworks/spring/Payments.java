package io.tenantshift.examples.frameworks.spring;

import java.math.BigDecimal;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Single payments, with each kind of propagation and of rollback rule. */
class Payments {
    private final JdbcTemplate jdbc;
    private final Audit audit;

    Payments(JdbcTemplate jdbc, Audit audit) {
        this.jdbc = jdbc;
        this.audit = audit;
    }

    /** An error that is checked: by default Spring commits. */
    static final class RefusedException extends Exception {
        RefusedException(String message) {
            super(message);
        }
    }

    /** The debit is undone if the account does not bear it; the note stays. */
    @Transactional
    void transfer(String tenant, String from, String to, BigDecimal amount) {
        audit.note(tenant, "%s pays %s %s".formatted(from, to, amount));
        add(tenant, to, amount);
        BigDecimal balance = jdbc.queryForObject(
                "select balance from account where tenant_id = ? and owner = ? for update",
                BigDecimal.class,
                tenant,
                from);
        if (balance == null || balance.compareTo(amount) < 0) {
            throw new IllegalStateException("%s has %s of %s".formatted(from, balance, amount));
        }
        add(tenant, from, amount.negate());
    }

    /** A part of a larger payment: a savepoint. */
    @Transactional(propagation = Propagation.NESTED)
    void pay(String tenant, String from, String to, BigDecimal amount) {
        add(tenant, from, amount.negate());
        if (add(tenant, to, amount) == 0) {
            throw new EmptyResultDataAccessException(1);
        }
    }

    @Transactional(rollbackFor = RefusedException.class)
    void refuse(String tenant, String owner) throws RefusedException {
        add(tenant, owner, BigDecimal.TEN);
        throw new RefusedException("not today");
    }

    @Transactional
    void refuseButKeep(String tenant, String owner) throws RefusedException {
        add(tenant, owner, BigDecimal.ONE);
        throw new RefusedException("kept");
    }

    @Transactional(propagation = Propagation.MANDATORY)
    void withinOnly(String tenant, String owner) {
        add(tenant, owner, BigDecimal.ONE);
    }

    private int add(String tenant, String owner, BigDecimal amount) {
        return jdbc.update(
                "update account set balance = balance + ? where tenant_id = ? and owner = ?", amount, tenant, owner);
    }
}
