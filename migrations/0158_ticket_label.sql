-- Which label makes an issue a ticket, where it is not ours. GitHub's labels are compared without case, and have at most 50 characters.
alter table tickets.desk add column label text not null default 'countersign'
  check (length(label) between 1 and 50 and label = btrim(label) and label !~ '[[:cntrl:]]');
grant update (label) on tickets.desk to countersign_app;
-- It reads the desk whole.
grant select (label) on tickets.desk to countersign_doer;

-- Under which of the client's keys a mail's mark is an HMAC. NULL: it was kept before marks had a key, and has a digest for a mark.
alter table inbox.quarantine add column key_id uuid;
grant insert (key_id) on inbox.quarantine to countersign_app;
