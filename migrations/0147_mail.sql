-- Mail as a source: how far a client's mailbox was read, and what was kept aside.

create table inbox.mailbox (
  tenant_id uuid not null,
  kind text not null check (kind in ('graph', 'imap')),
  -- Microsoft's delta link, or the last number of a folder; sealed. NULL: it is read anew, as far back as is bounded.
  cursor bytea check (octet_length(cursor) between 45 and 16384),
  polled_at timestamptz,
  -- Of the subscription that says at once that mail has come. Without one it is looked for all the same.
  subscription text check (subscription ~ '^[A-Za-z0-9-]{1,100}$'),
  subscribed_until timestamptz,
  -- Of the secret that Microsoft says with each notification.
  client_state bytea check (octet_length(client_state) = 32),
  -- What went wrong last, in words of ours.
  problem text check (length(problem) <= 300),
  primary key (tenant_id, kind),
  check ((subscription is null) = (subscribed_until is null) and (subscription is null) = (client_state is null))
);
call platform.isolate_tenant_rows('inbox.mailbox');
grant select, insert (tenant_id, kind, cursor, polled_at, subscription, subscribed_until, client_state, problem),
  update (cursor, polled_at, subscription, subscribed_until, client_state, problem), delete on inbox.mailbox to countersign_app;
grant select on inbox.mailbox to countersign_auditor;

-- Mail that belongs to no ticket and is from nobody known (N11). A person lets it in, or drops it.
create table inbox.quarantine (
  tenant_id uuid not null,
  mail_id uuid not null default platform.uuidv7(),
  -- Of the mail's own id: it is kept aside once.
  mark bytea not null check (octet_length(mark) = 32),
  -- The whole of it; sealed; gone when it is dropped or let in.
  mail bytea check (octet_length(mail) between 45 and 1048576),
  why text not null check (why in ('stranger', 'forged', 'no_ticket')),
  -- It says that it answers a ticket: none is closed for silence while it waits.
  claims boolean not null,
  arrived_at timestamptz not null default now(),
  ended_at timestamptz,
  ended text check (ended in ('released', 'dropped')),
  primary key (tenant_id, mail_id),
  unique (tenant_id, mark),
  check ((ended_at is null) = (ended is null) and (ended_at is null) = (mail is not null))
);
create index on inbox.quarantine (tenant_id, arrived_at) where ended_at is null;
call platform.isolate_tenant_rows('inbox.quarantine');
grant select, insert (tenant_id, mark, mail, why, claims), update (mail, ended_at, ended), delete on inbox.quarantine to countersign_app;
grant select on inbox.quarantine to countersign_auditor;
