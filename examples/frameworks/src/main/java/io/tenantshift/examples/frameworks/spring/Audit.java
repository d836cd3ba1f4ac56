package io.tenantshift.examples.frameworks.spring;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Notes that stay, whatever becomes of the transaction around them: a second connection while the first is in use. */
class Audit {
    private final JdbcTemplate jdbc;

    Audit(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    @Transactional(propagation = Propagation.REQUIRES_NEW)
    void note(String tenant, String what) {
        jdbc.update("insert into audit (tenant_id, what) values (?, ?)", tenant, what);
    }
}
