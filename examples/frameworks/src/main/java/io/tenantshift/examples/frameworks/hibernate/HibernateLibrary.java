package io.tenantshift.examples.frameworks.hibernate;

import io.tenantshift.examples.frameworks.Program;
import io.tenantshift.examples.frameworks.hibernate.Publisher.Address;
import jakarta.persistence.OptimisticLockException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.hibernate.LockMode;
import org.hibernate.SessionFactory;
import org.hibernate.context.spi.CurrentTenantIdentifierResolver;
import org.hibernate.exception.ConstraintViolationException;
import org.hibernate.jpa.HibernatePersistenceConfiguration;

/** A publisher's catalogue. Hibernate adds the tenant to each statement on an entity; link tables do not have one. */
public final class HibernateLibrary implements Program {
    private static final int CROWD = 45;

    private record Of(String tenant) implements CurrentTenantIdentifierResolver<String> {
        @Override
        public String resolveCurrentTenantIdentifier() {
            return tenant;
        }

        @Override
        public boolean validateExistingCurrentSessions() {
            return true;
        }
    }

    @Override
    public List<String> run(DataSource dataSource, String tenant) {
        HibernatePersistenceConfiguration configuration = new HibernatePersistenceConfiguration("library")
                .managedClasses(Publisher.class, Book.class, Author.class, Author.Profile.class)
                .property("jakarta.persistence.nonJtaDataSource", dataSource)
                .property("hibernate.tenant_identifier_resolver", new Of(tenant))
                .property("hibernate.jdbc.batch_size", 20)
                .property("hibernate.order_inserts", true)
                .property("hibernate.order_updates", true);
        try (SessionFactory sessions = configuration.createEntityManagerFactory()) {
            return new Catalogue(sessions).run();
        }
    }

    private static final class Catalogue {
        private final SessionFactory sessions;
        private final List<String> seen = new ArrayList<>();

        Catalogue(SessionFactory sessions) {
            this.sessions = sessions;
        }

        List<String> run() {
            long book = publish();
            read(book);
            crowd();
            staleChange(book);
            lockedChange(book);
            refusedChange();
            remove(book);
            return seen;
        }

        private long publish() {
            return sessions.fromTransaction(session -> {
                Author ada = new Author("Ada");
                ada.describe("counts");
                Author bob = new Author("Bob");
                session.persist(ada);
                session.persist(bob);
                Publisher publisher = new Publisher("Press", new Address("1 Main Street", "Town"));
                Book first = publisher.publish("1", "First");
                first.authors.add(ada);
                first.authors.add(bob);
                first.tags.addAll(List.of("old", "red"));
                publisher.publish("2", "Second").authors.add(ada);
                publisher.publish("3", "Third");
                session.persist(publisher);
                seen.add("keys %d %d, %d %d".formatted(publisher.id, first.id, ada.id, bob.id));
                return first.id;
            });
        }

        private void read(long id) {
            sessions.inSession(session -> {
                Book book = session.find(Book.class, id);
                seen.add("%s by %s of %s, %s".formatted(book.title, names(book), book.publisher.city(), book.tags));
                seen.add("profile "
                        + book.authors.stream()
                                .filter(a -> a.profile != null)
                                .map(a -> a.profile.biography)
                                .toList());
                seen.addAll(session.createSelectionQuery(
                                "select b.title from Book b join b.authors a where a.name = :name order by b.isbn",
                                String.class)
                        .setParameter("name", "Ada")
                        .getResultList());
                seen.add("tagged "
                        + session.createSelectionQuery(
                                        "select count(*) from Book b where 'red' member of b.tags", Long.class)
                                .getSingleResult());
            });
        }

        private static List<String> names(Book book) {
            return book.authors.stream().map(author -> author.name).sorted().toList();
        }

        /** More than two batches, and more than four blocks of the sequence. */
        private void crowd() {
            sessions.inTransaction(session -> {
                for (int i = 0; i < CROWD; i++) {
                    session.persist(new Author("Author %02d".formatted(i)));
                }
            });
            sessions.inTransaction(session -> {
                try (Stream<Author> crowd = session.createSelectionQuery(
                                "from Author where name like 'Author %' order by name", Author.class)
                        .setFetchSize(10)
                        .getResultStream()) {
                    crowd.forEach(author -> author.name = author.name + "!");
                }
            });
            int gone = sessions.fromTransaction(
                    session -> session.createMutationQuery("delete from Author where name like 'Author 4%'")
                            .executeUpdate());
            sessions.inSession(session -> seen.add("crowd %s, %d gone"
                    .formatted(
                            session.createSelectionQuery(
                                            "select count(*), min(id), max(id) from Author where name like '%!'",
                                            Object[].class)
                                    .getResultStream()
                                    .map(List::of)
                                    .toList(),
                            gone)));
        }

        private void staleChange(long id) {
            try {
                sessions.inTransaction(slow -> {
                    Book stale = slow.find(Book.class, id);
                    sessions.inTransaction(quick -> quick.find(Book.class, id).stock--);
                    stale.stock = 0;
                    slow.flush();
                });
                seen.add("a stale change went through");
            } catch (OptimisticLockException e) {
                seen.add("a stale change failed");
            }
        }

        private void lockedChange(long id) {
            sessions.inTransaction(session -> {
                Book book = session.find(Book.class, id, LockMode.PESSIMISTIC_WRITE);
                book.stock += 5;
                book.tags.remove("old");
                book.tags.add("new");
            });
            sessions.inSession(session -> {
                Book book = session.find(Book.class, id);
                seen.add("stock %d, version %d, %s".formatted(book.stock, book.version, book.tags));
            });
        }

        private void refusedChange() {
            try {
                sessions.inTransaction(session -> {
                    session.createSelectionQuery("from Publisher", Publisher.class)
                            .getSingleResult()
                            .publish("1", "First again");
                    session.flush();
                });
            } catch (ConstraintViolationException e) {
                seen.add("refused: " + e.getConstraintName() + " " + e.getSQLState());
            }
        }

        private void remove(long id) {
            sessions.inTransaction(session -> {
                Publisher publisher = session.createSelectionQuery(
                                "from Publisher p join fetch p.books", Publisher.class)
                        .getSingleResult();
                publisher.books.removeIf(book -> book.id == id);
            });
            sessions.inSession(session -> {
                seen.addAll(session.createSelectionQuery("select title from Book order by isbn", String.class)
                        .getResultList());
                seen.add("links "
                        + session.createNativeQuery("select count(*) from book_author", Long.class)
                                .getSingleResult());
            });
        }
    }
}
