package io.tenantshift.examples.frameworks.spring;

import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.jdbc.support.KeyHolder;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.annotation.Transactional;

/** Accounts. */
class Bank {
    private static final String OPEN = "insert into account (tenant_id, owner, balance) values (?, ?, ?)";

    private final JdbcTemplate jdbc;
    private final Payments payments;

    Bank(JdbcTemplate jdbc, Payments payments) {
        this.jdbc = jdbc;
        this.payments = payments;
    }

    @Transactional
    @Nullable
    Number open(String tenant, String owner, BigDecimal balance) {
        KeyHolder key = new GeneratedKeyHolder();
        jdbc.update(
                connection -> {
                    PreparedStatement statement = connection.prepareStatement(OPEN, new String[] {"id"});
                    statement.setString(1, tenant);
                    statement.setString(2, owner);
                    statement.setBigDecimal(3, balance);
                    return statement;
                },
                key);
        return key.getKey();
    }

    @Transactional
    int[][] openAll(String tenant, List<String> owners) {
        return jdbc.batchUpdate(OPEN, owners, 2, (statement, owner) -> {
            statement.setString(1, tenant);
            statement.setString(2, owner);
            statement.setBigDecimal(3, BigDecimal.TEN);
        });
    }

    /** Pays those that can be paid, in one transaction. */
    @Transactional(timeout = 20)
    List<String> payAll(String tenant, String from, List<String> to) {
        List<String> paid = new ArrayList<>();
        for (String each : to) {
            try {
                payments.pay(tenant, from, each, BigDecimal.ONE);
                paid.add(each);
            } catch (EmptyResultDataAccessException e) {
                paid.add("not " + each);
            }
        }
        return paid;
    }

    @Transactional(readOnly = true, isolation = Isolation.REPEATABLE_READ)
    @Nullable
    BigDecimal total(String tenant) {
        return jdbc.queryForObject("select sum(balance) from account where tenant_id = ?", BigDecimal.class, tenant);
    }
}
