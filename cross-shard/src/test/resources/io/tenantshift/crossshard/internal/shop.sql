create table tenants (
    tenant_id text primary key,
    name      text not null,
    plan      text not null,
    joined_at timestamptz not null
);
create table customers (
    tenant_id  text   not null references tenants,
    id         bigint not null,
    email      text   not null,
    full_name  text,
    discount   numeric(5, 4),
    created_at timestamptz not null,
    primary key (tenant_id, id)
);
create table products (
    tenant_id  text   not null references tenants,
    id         bigint not null,
    sku        text   not null,
    category   text   not null,
    price      numeric(12, 2) not null,
    weight     double precision not null,
    code       uuid   not null,
    attributes jsonb  not null,
    primary key (tenant_id, id)
);
create table orders (
    tenant_id   text   not null,
    id          bigint not null,
    customer_id bigint not null,
    status      text   not null,
    currency    text   not null,
    total       numeric(14, 2) not null,
    ordered_on  date   not null,
    placed_at   timestamptz not null,
    note        text,
    opens       time   not null,
    tags        text[] not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, customer_id) references customers
);
create table order_lines (
    tenant_id  text     not null,
    order_id   bigint   not null,
    line_no    smallint not null,
    product_id bigint   not null,
    quantity   integer  not null,
    unit_price numeric(12, 2) not null,
    gift       boolean  not null,
    primary key (tenant_id, order_id, line_no),
    foreign key (tenant_id, order_id) references orders,
    foreign key (tenant_id, product_id) references products
);
create table payments (
    tenant_id text   not null,
    id        bigint not null,
    order_id  bigint not null,
    amount    numeric(12, 2) not null,
    method    text   not null,
    paid_at   timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, order_id) references orders
);
create table currencies (
    code text primary key,
    name text not null,
    rate numeric(10, 4) not null
);
insert into currencies values ('EUR', 'euro', 1), ('USD', 'dollar', 1.0821), ('CHF', 'franc', 0.9547), ('JPY', 'yen', 161.5);
