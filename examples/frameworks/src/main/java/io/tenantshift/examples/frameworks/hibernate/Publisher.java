package io.tenantshift.examples.frameworks.hibernate;

import jakarta.persistence.CascadeType;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OrderBy;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.annotations.TenantId;
import org.jspecify.annotations.NullUnmarked;

/** Has many books; its key is the database's. Filled by Hibernate, so nothing is known of its fields before. */
@Entity
@NullUnmarked
class Publisher {
    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    Long id;

    @TenantId
    @Column(name = "tenant_id")
    String tenant;

    String name;

    @Embedded
    Address address;

    @OneToMany(mappedBy = "publisher", cascade = CascadeType.ALL, orphanRemoval = true)
    @OrderBy("isbn")
    List<Book> books = new ArrayList<>();

    Publisher() {}

    Publisher(String name, Address address) {
        this.name = name;
        this.address = address;
    }

    Book publish(String isbn, String title) {
        Book book = new Book(this, isbn, title);
        books.add(book);
        return book;
    }

    /** A method, for whoever has not loaded the publisher yet holds a proxy of it. */
    public String city() {
        return address.city;
    }

    /** A part of the publisher's row. */
    @Embeddable
    @NullUnmarked
    static class Address {
        String street;
        String city;

        Address() {}

        Address(String street, String city) {
            this.street = street;
            this.city = city;
        }
    }
}
