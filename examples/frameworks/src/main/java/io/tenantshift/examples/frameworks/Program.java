package io.tenantshift.examples.frameworks;

import java.util.List;
import javax.sql.DataSource;

/** What a service does with a framework, told line by line, so that two runs can be compared. */
@FunctionalInterface
public interface Program {
    /**
     * Does it for one tenant.
     *
     * @param dataSource where connections come from; not closed
     * @param tenant what the tenant's rows carry
     * @return what was seen; the same for every tenant and every DataSource, on a database without rows
     */
    List<String> run(DataSource dataSource, String tenant) throws Exception;
}
