-- Months of the log made ahead by a running server, not by `migrate` alone: a server that is not updated for a year would otherwise
-- reach the end of its partitions, write into the default one, and from then on no such month could be let go of.

-- How many of the coming months have their partition, up to the first that has none. The current month is not counted.
create or replace function audit.months_ahead() returns integer
  language sql stable set search_path = pg_catalog, pg_temp
as $$
  select coalesce(min(i) - 1, 24) from generate_series(1, 24) as i
  where to_regclass('audit.entry_' || to_char(date_trunc('month', now() at time zone 'UTC') + make_interval(months => i), 'YYYY_MM')) is null
$$;

-- Makes them up to the twelfth, as migrate does; returns how many were missing. INVARIANT: runs with the owner's rights, so it takes
-- nothing from whoever calls it: neither which months nor how many. Its DDL leaves a row in audit.break_glass, as that of retention.
create or replace function audit.make_months_ahead() returns integer
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  missing integer := 12 - least(12, audit.months_ahead());
begin
  -- Another server is at it.
  if missing = 0 or not pg_try_advisory_xact_lock(hashtextextended('audit.make_months_ahead', 0)) then
    return 0;
  end if;
  -- A new partition locks the whole log for a moment: it waits for nobody, so that nobody waits behind it.
  perform set_config('lock_timeout', '2s', true);
  perform set_config('audit.migration', 'months ahead', true);
  call audit.make_partitions(12);
  perform set_config('audit.migration', '', true);
  return missing;
end $$;

grant execute on function audit.months_ahead() to countersign_app;
grant execute on function audit.make_months_ahead() to countersign_app;
