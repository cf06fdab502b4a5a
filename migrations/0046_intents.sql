-- Acts outside the database: each has an intent before it and exactly one outcome after it (audit.md 2.5).

-- The intents without an outcome, kept by the trigger below from the entries themselves: what a sweep reads is as long as what is open,
-- however long the log is. A cache: an auditor counts intents and outcomes in the leaves.
create table audit.open_intent (
  tenant_id uuid not null,
  entry_id uuid not null,
  kind text not null,
  opened_at timestamptz not null,
  -- When the world was asked last, how often, and when somebody was told that it does not answer.
  asked_at timestamptz,
  asks integer not null default 0,
  alarmed_at timestamptz,
  primary key (tenant_id, entry_id)
);
create index on audit.open_intent (tenant_id, opened_at);

-- INVARIANT: one outcome for each intent. Whoever comes second (a job that was taken for dead, a reconciler beside it) is refused, and
-- its transaction with it. SECURITY DEFINER, so that no break-in through the app makes an open intent look closed.
create function audit.keep_open_intents() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  said json := convert_from(new.leaf, 'UTF8')::json;
begin
  if said ->> 'intent' is not null then
    delete from audit.open_intent o where o.tenant_id = new.tenant_id and o.entry_id = (said ->> 'intent')::uuid;
    if not found then
      raise exception 'Audit entry % is an outcome of intent %, which is not open', new.entry_id, said ->> 'intent'
        using errcode = 'integrity_constraint_violation', constraint = 'one_outcome_per_intent', table = 'entry', schema = 'audit';
    end if;
  end if;
  if said ->> 'outcome' = 'intent' then
    insert into audit.open_intent (tenant_id, entry_id, kind, opened_at) values (new.tenant_id, new.entry_id, said ->> 'kind', new.ts);
  end if;
  return null;
end $$;

-- What is there already: read past row-level security, which binds the owner too, inside this transaction only.
alter table audit.entry no force row level security;
insert into audit.open_intent (tenant_id, entry_id, kind, opened_at)
  with said as (select e.tenant_id, e.entry_id, e.ts, convert_from(e.leaf, 'UTF8')::json as leaf from audit.entry e)
  select i.tenant_id, i.entry_id, i.leaf ->> 'kind', i.ts from said i
  where i.leaf ->> 'outcome' = 'intent'
    and not exists (select from said o where o.tenant_id = i.tenant_id and o.leaf ->> 'intent' = i.entry_id::text);
alter table audit.entry force row level security;

-- Only entries that carry the word pay for the look: a leaf holds ids, kinds and hashes, no free text.
create trigger keep_open_intents after insert on audit.entry
  for each row when (position('"intent"'::bytea in new.leaf) > 0) execute function audit.keep_open_intents();
alter table audit.entry enable always trigger keep_open_intents;

call platform.isolate_tenant_rows('audit.open_intent');
grant select, update (asked_at, asks, alarmed_at) on audit.open_intent to countersign_app;
grant select on audit.open_intent to countersign_verifier, countersign_auditor;

-- What an intent to publish said, so that GitHub can be asked whether it was done; and the receipt that stands in the check run.
-- Once there, a receipt stays: a tree that has grown is no reason to write the check run again.
alter table gate.check_run
  add column intent_conclusion text check (intent_conclusion in ('success', 'failure', 'action_required')),
  add column intent_external_id text,
  add column intent_report_digest text,
  add column receipt text,
  add column receipt_entry uuid;
grant update (intent_conclusion, intent_external_id, intent_report_digest, receipt, receipt_entry) on gate.check_run to countersign_app;
-- The entry that records a verdict: what its receipt is about.
alter table gate.verdict add column entry_id uuid;
grant insert (entry_id) on gate.verdict to countersign_app;
alter table gate.merge_group add column entry_id uuid;
grant update (entry_id) on gate.merge_group to countersign_app;

-- An act of our App on GitHub that the log does not know: its key is in other hands, or something writes around the log.
alter table gate.incident drop constraint incident_kind_check;
alter table gate.incident add constraint incident_kind_check check (kind in
  ('merged_around', 'direct_push', 'merge_mismatch', 'history_rewritten', 'unprotected', 'check_spoofed', 'unlogged'));

-- The entry a reply is about, and the intent to write it.
alter table inbox.reply add column entry_id uuid, add column intent uuid;
grant update (intent) on inbox.reply to countersign_app;
