-- A person has read what looked like instructions to an agent, and found that it is none. Who did is in the log.
alter table tickets.ticket add column trusted_at timestamptz;
grant update (trusted_at) on tickets.ticket to countersign_app;
