-- What is told of requests on each pull request: one check run on its head and one comment.

create table approvals.board (
  tenant_id uuid not null,
  repository_id bigint not null,
  number integer not null,
  -- In the comment's hidden marker: nobody else can write one that is taken for ours.
  board_id uuid not null default platform.uuidv7(),
  sha text,
  check_run_id bigint,
  comment_id bigint,
  -- Of what was written last: the same is not written again.
  told text check (told ~ '^[0-9a-f]{64}$'),
  open_intent uuid,
  told_at timestamptz,
  primary key (tenant_id, repository_id, number)
);
call platform.isolate_tenant_rows('approvals.board');
grant select, insert (tenant_id, repository_id, number), update (sha, check_run_id, comment_id, told, open_intent, told_at) on approvals.board to countersign_app;
grant select on approvals.board to countersign_auditor;
