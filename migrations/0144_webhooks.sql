-- A client's own systems that hear of its tickets and approvals, by the Standard Webhooks specification.

create table notify.webhook (
  tenant_id uuid not null,
  webhook_id uuid not null default platform.uuidv7(),
  -- Its URL, the secret that signs, and the one before it.
  sealed bytea not null check (octet_length(sealed) between 45 and 16384),
  -- Names of ours; empty: every event.
  events text[] not null check (cardinality(events) <= 50),
  made_at timestamptz not null default now(),
  -- Until then what is sent is signed with the secret before, too.
  rotated_until timestamptz,
  disabled_at timestamptz,
  disabled_why text check (disabled_why in ('gone', 'by_hand')),
  primary key (tenant_id, webhook_id),
  check ((disabled_at is null) = (disabled_why is null))
);
call platform.isolate_tenant_rows('notify.webhook');
grant select, insert (tenant_id, webhook_id, sealed, events), update (sealed, rotated_until, disabled_at, disabled_why), delete
  on notify.webhook to countersign_app;
