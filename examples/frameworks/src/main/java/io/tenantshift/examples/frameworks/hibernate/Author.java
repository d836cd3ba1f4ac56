package io.tenantshift.examples.frameworks.hibernate;

import jakarta.persistence.CascadeType;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.MapsId;
import jakarta.persistence.OneToOne;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.util.HashSet;
import java.util.Set;
import org.hibernate.annotations.TenantId;
import org.jspecify.annotations.NullUnmarked;

/** Has one profile and many books; its key comes from a sequence, so that inserts can be batched. Filled by Hibernate. */
@Entity
@NullUnmarked
class Author {
    @Id
    @GeneratedValue
    @SequenceGenerator(sequenceName = "author_seq", allocationSize = 10)
    Long id;

    @TenantId
    @Column(name = "tenant_id")
    String tenant;

    String name;

    @Version
    int version;

    @OneToOne(mappedBy = "author", cascade = CascadeType.ALL, orphanRemoval = true)
    Profile profile;

    @ManyToMany(mappedBy = "authors")
    Set<Book> books = new HashSet<>();

    Author() {}

    Author(String name) {
        this.name = name;
    }

    void describe(String biography) {
        profile = new Profile(this, biography);
    }

    /** Shares its author's key. */
    @Entity
    @Table(name = "profile")
    @NullUnmarked
    static class Profile {
        @Id
        Long id;

        @TenantId
        @Column(name = "tenant_id")
        String tenant;

        @OneToOne
        @MapsId
        @JoinColumn(name = "author_id")
        Author author;

        String biography;

        Profile() {}

        Profile(Author author, String biography) {
            this.author = author;
            this.biography = biography;
        }
    }
}
