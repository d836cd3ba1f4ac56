package io.tenantshift.examples.frameworks.spring;

import io.tenantshift.examples.frameworks.Program;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.SimpleJdbcInsert;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/** A bank: accounts, transfers, and an audit that outlives a transfer that failed. */
public final class SpringBank implements Program {
    /** The beans; those with declared transactions are wrapped by Spring. */
    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement
    static class Beans {
        @Bean
        DataSourceTransactionManager transactions(DataSource dataSource) {
            return new DataSourceTransactionManager(dataSource);
        }

        @Bean
        JdbcTemplate jdbc(DataSource dataSource) {
            return new JdbcTemplate(dataSource);
        }

        @Bean
        Audit audit(JdbcTemplate jdbc) {
            return new Audit(jdbc);
        }

        @Bean
        Payments payments(JdbcTemplate jdbc, Audit audit) {
            return new Payments(jdbc, audit);
        }

        @Bean
        Bank bank(JdbcTemplate jdbc, Payments payments) {
            return new Bank(jdbc, payments);
        }
    }

    @Override
    public List<String> run(DataSource dataSource, String tenant) {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            context.getBeanFactory().registerSingleton("dataSource", dataSource);
            context.register(Beans.class);
            context.refresh();
            return new Day(context, tenant).run();
        }
    }

    /** What happens at the bank. */
    private static final class Day {
        private final Bank bank;
        private final Payments payments;
        private final JdbcTemplate jdbc;
        private final String tenant;
        private final List<String> seen = new ArrayList<>();

        Day(AnnotationConfigApplicationContext context, String tenant) {
            this.bank = context.getBean(Bank.class);
            this.payments = context.getBean(Payments.class);
            this.jdbc = context.getBean(JdbcTemplate.class);
            this.tenant = tenant;
        }

        List<String> run() {
            seen.add("opened " + bank.open(tenant, "ada", new BigDecimal("100.00")));
            seen.add("opened many " + bank.openAll(tenant, List.of("bob", "cyd", "dan")).length);
            seen.add("inserted "
                    + new SimpleJdbcInsert(jdbc)
                            .withTableName("account")
                            .usingGeneratedKeyColumns("id")
                            .executeAndReturnKey(Map.of("tenant_id", tenant, "owner", "eve", "balance", 5)));
            attempt("transfer", () -> payments.transfer(tenant, "ada", "bob", new BigDecimal("30.00")));
            attempt("overdraw", () -> payments.transfer(tenant, "cyd", "bob", new BigDecimal("30.00")));
            attempt("checked, rolled back", () -> payments.refuse(tenant, "ada"));
            attempt("checked, committed", () -> payments.refuseButKeep(tenant, "ada"));
            attempt("mandatory", () -> payments.withinOnly(tenant, "ada"));
            seen.add("paid " + bank.payAll(tenant, "ada", List.of("bob", "nobody", "cyd")));
            attempt("duplicate", () -> bank.open(tenant, "ada", BigDecimal.ONE));
            seen.add("total " + bank.total(tenant));
            jdbc.query(
                    "select owner, balance from account where tenant_id = ? order by owner",
                    row -> {
                        seen.add(row.getString("owner") + " has " + row.getBigDecimal("balance"));
                    },
                    tenant);
            seen.addAll(
                    jdbc.queryForList("select what from audit where tenant_id = ? order by id", String.class, tenant));
            return seen;
        }

        private interface Attempt {
            void run() throws Exception;
        }

        private void attempt(String what, Attempt attempt) {
            try {
                attempt.run();
                seen.add(what + ": done");
            } catch (DuplicateKeyException | IllegalTransactionStateException e) {
                seen.add(what + ": " + e.getClass().getSimpleName());
            } catch (Exception e) {
                seen.add(what + ": " + e.getClass().getSimpleName() + " " + e.getMessage());
            }
        }
    }
}
