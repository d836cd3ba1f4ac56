-- MyBatis
create sequence invoice_seq;
create table invoice (
    tenant_id text not null,
    number bigint not null,
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
