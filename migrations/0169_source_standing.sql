-- How a client's sources stand: since when nothing of one is taken any more, and why.

alter table inbox.mailbox add column failing_since timestamptz;
grant insert (failing_since), update (failing_since) on inbox.mailbox to countersign_app;

-- Requests to a client's address of Slack's. Noted once a minute at most: whoever knows the address can be refused as often as they like.
create table inbox.slack_standing (
  tenant_id uuid not null,
  heard_at timestamptz,
  -- Of the first one that was refused since the last one that was taken.
  refused_since timestamptz,
  why text check (why in ('signature', 'no_secret', 'workspace')),
  primary key (tenant_id),
  check ((refused_since is null) = (why is null))
);
call platform.isolate_tenant_rows('inbox.slack_standing');
grant select, insert (tenant_id, heard_at, refused_since, why), update (heard_at, refused_since, why), delete on inbox.slack_standing to countersign_app;
grant select on inbox.slack_standing to countersign_auditor;
