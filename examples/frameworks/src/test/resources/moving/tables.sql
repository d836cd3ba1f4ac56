-- The programs' tables as they must be before a tenant can move: the tenant in every key and foreign key, a sequence named in the default of
-- every column that it feeds, and a tenant in tables of which the program does not know that they have one.

-- Whose transaction this is: in a transition the library says it, otherwise the service, once for each connection.
create function current_tenant() returns text language sql stable as $$
    select coalesce(nullif(current_setting('tenantshift.tenant', true), ''), current_setting('app.tenant'))
$$;

-- Spring
create table account (
    tenant_id text not null,
    id bigint generated always as identity,
    owner text not null,
    balance numeric(12, 2) not null check (balance >= 0),
    primary key (tenant_id, id),
    unique (tenant_id, owner)
);
create table audit (
    tenant_id text not null,
    id bigint generated always as identity,
    what text not null,
    primary key (tenant_id, id)
);

-- Hibernate
create sequence author_seq increment by 10;
create table publisher (
    tenant_id text not null,
    id bigint generated always as identity,
    name text not null,
    street text,
    city text,
    primary key (tenant_id, id)
);
create table author (
    tenant_id text not null,
    id bigint not null default nextval('author_seq'),
    name text not null,
    version integer not null,
    primary key (tenant_id, id)
);
create table profile (
    tenant_id text not null,
    author_id bigint not null,
    biography text not null,
    primary key (tenant_id, author_id),
    foreign key (tenant_id, author_id) references author
);
create table book (
    tenant_id text not null,
    id bigint generated always as identity,
    publisher_id bigint not null,
    isbn text not null,
    title text not null,
    stock integer not null,
    version integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, publisher_id) references publisher,
    constraint book_tenant_id_isbn_key unique (tenant_id, isbn)
);
create table book_author (
    tenant_id text not null default current_tenant(),
    book_id bigint not null,
    author_id bigint not null,
    primary key (tenant_id, book_id, author_id),
    foreign key (tenant_id, book_id) references book,
    foreign key (tenant_id, author_id) references author
);
create table book_tag (
    tenant_id text not null default current_tenant(),
    book_id bigint not null,
    tag text not null,
    primary key (tenant_id, book_id, tag),
    foreign key (tenant_id, book_id) references book
);

-- jOOQ
create table purchase (
    tenant_id text not null,
    id bigint generated always as identity,
    customer text not null,
    status text not null,
    labels text[] not null default '{}',
    primary key (tenant_id, id)
);
create table purchase_line (
    tenant_id text not null,
    purchase_id bigint not null,
    line integer not null,
    product text not null,
    quantity integer not null,
    primary key (tenant_id, purchase_id, line),
    foreign key (tenant_id, purchase_id) references purchase
);

-- MyBatis
create sequence invoice_seq;
create table invoice (
    tenant_id text not null,
    number bigint not null default nextval('invoice_seq'),
    customer text not null,
    primary key (tenant_id, number)
);
create table invoice_item (
    tenant_id text not null,
    id bigint generated always as identity,
    invoice bigint not null,
    text text not null,
    cents bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, invoice) references invoice
);
