-- Pull requests that are for a ticket: what it is now shows there, and a merged one is something that shipped.
create table tickets.link (
  tenant_id uuid not null,
  ticket_id uuid not null,
  repository_id bigint not null check (repository_id > 0),
  number integer not null check (number > 0),
  linked_at timestamptz not null default now(),
  -- A person has said that it is not for this ticket: naming the ticket there links it no more.
  unlinked_at timestamptz,
  -- Since when the pull request says something older than the ticket is; null: it says what is.
  stale_at timestamptz default now(),
  held_until timestamptz,
  -- The state that was said there last.
  said tickets.state,
  primary key (tenant_id, ticket_id, repository_id, number),
  foreign key (tenant_id, ticket_id) references tickets.ticket (tenant_id, ticket_id)
);
create index on tickets.link (tenant_id, repository_id, number);
create index link_stale on tickets.link (stale_at) where stale_at is not null;
call platform.isolate_tenant_rows('tickets.link');

grant select, insert (tenant_id, ticket_id, repository_id, number), update (unlinked_at, stale_at, held_until, said) on tickets.link to countersign_app;
-- What shipped is looked at once more where mail is sent, and shown where a ticket is read.
grant select (tenant_id, ticket_id, repository_id, number, linked_at, unlinked_at) on tickets.link to countersign_doer;
grant select (tenant_id, repository_id, number, state) on gate.pull_request to countersign_doer;

create policy scheduler on tickets.link to countersign_scheduler using (true) with check (true);
grant select (tenant_id, ticket_id, repository_id, number, unlinked_at, stale_at, held_until), update (stale_at, held_until)
  on tickets.link to countersign_scheduler;

-- Whoever moves a ticket, by whichever way, makes what its pull requests say stale.
create function tickets.claim_stale_links() returns trigger
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update tickets.link l set stale_at = now() from moved m
  where l.tenant_id = m.tenant_id and l.ticket_id = m.ticket_id and l.unlinked_at is null;
  return null;
end $$;
create trigger stale_links after update on tickets.ticket referencing new table as moved
  for each statement execute function tickets.claim_stale_links();

-- Pull requests that say something old: at most so many, the oldest first, each for whoever asks, for a minute.
create function tickets.claim_links(most integer, out tenant_id uuid, out ticket_id uuid, out repository_id bigint, out number integer)
  returns setof record language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with open as (
    select l.tenant_id, l.ticket_id, l.repository_id, l.number from tickets.link l
    where l.stale_at is not null and (l.held_until is null or l.held_until <= now())
    order by l.stale_at limit most for update skip locked
  )
  update tickets.link l set held_until = now() + interval '1 minute'
  from open o
  where l.tenant_id = o.tenant_id and l.ticket_id = o.ticket_id and l.repository_id = o.repository_id and l.number = o.number
  returning l.tenant_id, l.ticket_id, l.repository_id, l.number
$$;
grant execute on function tickets.claim_links(integer) to countersign_app;
