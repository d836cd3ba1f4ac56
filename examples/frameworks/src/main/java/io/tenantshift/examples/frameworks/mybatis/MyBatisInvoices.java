package io.tenantshift.examples.frameworks.mybatis;

import io.tenantshift.examples.frameworks.Program;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.apache.ibatis.cursor.Cursor;
import org.apache.ibatis.exceptions.PersistenceException;
import org.apache.ibatis.executor.BatchResult;
import org.apache.ibatis.mapping.Environment;
import org.apache.ibatis.session.Configuration;
import org.apache.ibatis.session.ExecutorType;
import org.apache.ibatis.session.SqlSession;
import org.apache.ibatis.session.SqlSessionFactory;
import org.apache.ibatis.session.SqlSessionFactoryBuilder;
import org.apache.ibatis.transaction.jdbc.JdbcTransactionFactory;

/** Invoices: keys from a sequence and from the database, batches, cursors. */
public final class MyBatisInvoices implements Program {
    @Override
    public List<String> run(DataSource dataSource, String tenant) throws IOException {
        Configuration configuration =
                new Configuration(new Environment("shop", new JdbcTransactionFactory(), dataSource));
        configuration.addMapper(InvoiceMapper.class);
        return new Office(new SqlSessionFactoryBuilder().build(configuration), tenant).run();
    }

    private static final class Office {
        private final SqlSessionFactory sessions;
        private final String tenant;
        private final List<String> seen = new ArrayList<>();

        Office(SqlSessionFactory sessions, String tenant) {
            this.sessions = sessions;
            this.tenant = tenant;
        }

        List<String> run() throws IOException {
            long invoice = write();
            batch(invoice);
            rollBack(invoice);
            refused();
            read(invoice);
            return seen;
        }

        private long write() {
            try (SqlSession session = sessions.openSession()) {
                InvoiceMapper mapper = session.getMapper(InvoiceMapper.class);
                Invoice invoice = new Invoice(tenant, "ada");
                seen.add("written " + mapper.write(invoice) + " as " + invoice.number);
                long number = Objects.requireNonNull(invoice.number);
                Invoice.Item one = item(number, "apples");
                List<Invoice.Item> more = List.of(item(number, "pears"), item(number, "plums"));
                seen.add("added " + mapper.add(one) + " and " + mapper.addAll(more));
                seen.add("ids " + one.id + " "
                        + more.stream().map(each -> each.id).toList());
                session.commit();
                return number;
            }
        }

        private Invoice.Item item(long number, String text) {
            return new Invoice.Item(tenant, number, text, 100);
        }

        private void batch(long number) {
            try (SqlSession session = sessions.openSession(ExecutorType.BATCH)) {
                InvoiceMapper mapper = session.getMapper(InvoiceMapper.class);
                List<Invoice.Item> items = new ArrayList<>();
                for (int i = 0; i < 7; i++) {
                    items.add(item(number, "item " + i));
                    mapper.add(items.get(i));
                }
                mapper.raise(tenant, number, 1);
                for (BatchResult result : mapper.flush()) {
                    seen.add("batch " + Arrays.toString(result.getUpdateCounts()));
                }
                seen.add("ids " + items.stream().map(each -> each.id).toList());
                session.commit();
            }
        }

        private void rollBack(long number) {
            try (SqlSession session = sessions.openSession()) {
                InvoiceMapper mapper = session.getMapper(InvoiceMapper.class);
                mapper.raise(tenant, number, 1_000);
                seen.add("removed " + mapper.remove(tenant, 1));
                session.rollback();
            }
        }

        private void refused() {
            try (SqlSession session = sessions.openSession(true)) {
                session.getMapper(InvoiceMapper.class).add(item(-1, "of no invoice"));
            } catch (PersistenceException e) {
                seen.add("refused "
                        + (e.getCause() instanceof SQLException cause ? cause.getSQLState() : e.getMessage()));
            }
        }

        private void read(long number) throws IOException {
            try (SqlSession session = sessions.openSession(ExecutorType.REUSE)) {
                InvoiceMapper mapper = session.getMapper(InvoiceMapper.class);
                seen.addAll(mapper.items(tenant, number));
                seen.add("none " + mapper.items(tenant, number + 1));
                try (Cursor<String> texts = mapper.texts(tenant)) {
                    texts.forEach(seen::add);
                }
            }
        }
    }
}
