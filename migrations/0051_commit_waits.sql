-- Where the operator demands that a replica has a commit before it counts (synchronous_standby_names), no session may ask for less:
-- after a failover an entry would be missing that was acknowledged as durable.

create or replace function audit.refuse_asynchronous_commit() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  level text := current_setting('synchronous_commit');
begin
  if level = 'off' then
    raise exception 'The audit log refuses to commit with synchronous_commit = off' using errcode = 'insufficient_privilege';
  end if;
  -- remote_write is in the replica's memory only.
  if level in ('local', 'remote_write') and current_setting('synchronous_standby_names') <> '' then
    raise exception 'The audit log refuses to commit with synchronous_commit = % where synchronous_standby_names is set', level
      using errcode = 'insufficient_privilege';
  end if;
  return null;
end $$;
