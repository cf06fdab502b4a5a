-- A client's people: who may look, decide, stop and manage.

create table identity.person (
  tenant_id uuid not null,
  person_id uuid not null default platform.uuidv7(),
  -- GitHub's number for the account. INVARIANT: a login name is never an identity: it can be given up, and taken by somebody else.
  github_user bigint not null check (github_user > 0),
  -- As GitHub last told it; shown, never compared.
  login text not null check (login ~ '^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})$'),
  roles text[] not null check (cardinality(roles) <= 4 and roles <@ array['viewer', 'approver', 'operator', 'admin']),
  added_at timestamptz not null default now(),
  -- Somebody who was removed keeps their number here: what they did names them, and they come back as the same person.
  removed_at timestamptz,
  primary key (tenant_id, person_id),
  unique (tenant_id, github_user),
  check ((removed_at is null) = (cardinality(roles) > 0))
);
call platform.isolate_tenant_rows('identity.person');
-- Whose rows there are, not what is in them (0075).
revoke select on identity.person from countersign_auditor;
grant select (tenant_id) on identity.person to countersign_auditor;

-- INVARIANT: a break-in through the server makes nobody an approver. Only the operator's role adds people and changes their roles.
grant select on identity.person to countersign_app, countersign_operator;
grant update (login) on identity.person to countersign_app;
grant insert (tenant_id, github_user, login, roles), update (login, roles, removed_at) on identity.person to countersign_operator;

-- Which clients an account belongs to, asked before anybody knows the client: a registry like identity.api_key, closed to every role.
create table identity.sign_in (
  github_user bigint not null,
  tenant_id uuid not null references platform.tenant (id),
  person_id uuid not null,
  primary key (github_user, tenant_id)
);
create index on identity.sign_in (tenant_id);
revoke select on identity.sign_in from countersign_auditor;
grant select (tenant_id) on identity.sign_in to countersign_auditor;

create function identity.note_sign_in() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if new.removed_at is null then
    insert into identity.sign_in (github_user, tenant_id, person_id) values (new.github_user, new.tenant_id, new.person_id)
      on conflict do nothing;
  else
    delete from identity.sign_in s where s.github_user = new.github_user and s.tenant_id = new.tenant_id;
  end if;
  return null;
end $$;
create trigger sign_in after insert or update of removed_at on identity.person for each row execute function identity.note_sign_in();

-- Active clients alone: of one that left or is suspended nobody's membership is told.
create function identity.clients_of(account bigint, out tenant_id uuid, out person_id uuid, out prefix text)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select s.tenant_id, s.person_id, t.prefix from identity.sign_in s join platform.tenant t on t.id = s.tenant_id
  where s.github_user = account and t.state = 'active' order by t.prefix
$$;
grant execute on function identity.clients_of(bigint) to countersign_app;
