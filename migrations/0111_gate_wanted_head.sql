-- A merge that an agent asked for is of one commit: when the head has moved since a person said yes, nothing is merged.
alter table gate.merge_attempt add column wanted_head text check (wanted_head ~ '^([0-9a-f]{40}|[0-9a-f]{64})$');
grant insert (wanted_head) on gate.merge_attempt to countersign_app;
