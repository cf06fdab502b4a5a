-- Something that was said on the ticket looks like instructions to whoever reads it. What was found where is sealed with the message.
alter table tickets.ticket add column suspected_at timestamptz;
grant update (suspected_at) on tickets.ticket to countersign_app;
