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
    id bigint generated always as identity primary key,
    tenant_id text not null,
    name text not null,
    street text,
    city text
);
create table author (
    id bigint primary key,
    tenant_id text not null,
    name text not null,
    version integer not null
);
create table profile (
    author_id bigint primary key references author,
    tenant_id text not null,
    biography text not null
);
create table book (
    id bigint generated always as identity primary key,
    tenant_id text not null,
    publisher_id bigint not null references publisher,
    isbn text not null,
    title text not null,
    stock integer not null,
    version integer not null,
    unique (tenant_id, isbn)
);
create table book_author (
    book_id bigint not null references book,
    author_id bigint not null references author,
    primary key (book_id, author_id)
);
create table book_tag (
    book_id bigint not null references book,
    tag text not null,
    primary key (book_id, tag)
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
