-- Signed-in people. A session is one person's in one client, on this server's side alone: the cookie holds 256 random bits, the row their hash.

-- Of the claimed client: it moves with each suspension, and what was issued before it is worth nothing afterwards.
create function identity.tenant_epoch() returns integer
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select t.epoch from platform.tenant t where t.id = app.tid() $$;
grant execute on function identity.tenant_epoch() to countersign_app, countersign_operator;

create table identity.session (
  tenant_id uuid not null,
  session_id uuid not null default platform.uuidv7(),
  person_id uuid not null,
  sha256 bytea not null check (octet_length(sha256) = 32),
  epoch integer not null default identity.tenant_epoch(),
  created_at timestamptz not null default now(),
  -- To the minute: a row that every request changes would be one lock for all of a page's requests.
  seen_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (tenant_id, session_id),
  unique (tenant_id, sha256),
  foreign key (tenant_id, person_id) references identity.person (tenant_id, person_id)
);
create index on identity.session (tenant_id, person_id);
call platform.isolate_tenant_rows('identity.session');
revoke select on identity.session from countersign_auditor;
grant select (tenant_id) on identity.session to countersign_auditor;
grant select, insert (tenant_id, person_id, sha256), update (seen_at, ended_at), delete on identity.session to countersign_app;

-- INVARIANT: who loses a role is signed out of everything in the same commit, whoever takes it away and however.
create function identity.end_sessions() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update identity.session s set ended_at = now()
    where s.tenant_id = new.tenant_id and s.person_id = new.person_id and s.ended_at is null;
  return null;
end $$;
create trigger signed_out after update of roles on identity.person for each row
  when (not (old.roles <@ new.roles)) execute function identity.end_sessions();

-- Somebody whom GitHub has named, and who belongs to several clients and has not chosen yet: for five minutes, and for one choice.
create table identity.choice (
  sha256 bytea primary key check (octet_length(sha256) = 32),
  github_user bigint not null,
  login text not null,
  expires_at timestamptz not null default now() + interval '5 minutes'
);
revoke select on identity.choice from countersign_auditor;

create function identity.begin_choice(given_sha256 bytea, account bigint, account_login text) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  delete from identity.choice c where c.expires_at <= clock_timestamp();
  insert into identity.choice (sha256, github_user, login) values (given_sha256, account, account_login);
$$;

create function identity.open_choice(given_sha256 bytea, out github_user bigint, out login text)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select c.github_user, c.login from identity.choice c where c.sha256 = given_sha256 and c.expires_at > clock_timestamp() $$;

create function identity.take_choice(given_sha256 bytea, out github_user bigint, out login text)
  returns setof record language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  delete from identity.choice c where c.sha256 = given_sha256 and c.expires_at > clock_timestamp()
  returning c.github_user, c.login
$$;
grant execute on function identity.begin_choice(bytea, bigint, text), identity.open_choice(bytea), identity.take_choice(bytea) to countersign_app;
