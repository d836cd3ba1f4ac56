-- Outside a transaction: PostgreSQL refuses it inside one.
create index concurrently invoice_customer on invoice (tenant_id, customer);
