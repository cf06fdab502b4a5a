-- How a merge was asked for: what its commit must look like depends on it (E13).
alter table gate.merge_attempt add column method text check (method in ('merge', 'squash', 'rebase', 'queue'));
grant update (method) on gate.merge_attempt to countersign_app;
