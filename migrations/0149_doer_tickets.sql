-- What the doer needs for ticket.read, ticket.ask, ticket.update and email.notify, and nothing more. It opens no ticket, closes none by a
-- timer, changes no calendar and nobody's ownership by itself, and sends nothing: what leaves is a row of the outbox.
grant usage on schema tickets, notify, gate to countersign_doer;

grant select on tickets.ticket, tickets.event, tickets.message, tickets.conversation, tickets.calendar, tickets.heartbeat to countersign_doer;
grant select (tenant_id, default_owner, index_key, pages, quiet) on tickets.desk to countersign_doer;
-- The desk is held while something is said: a lock asks for a right to change, and counting on changes nothing that is there.
grant update (numbered) on tickets.desk to countersign_doer;
grant select on tickets.notice to countersign_doer;
grant update (state, owner, epoch, wait_started, asked_at, nudged_at, warned_at, deadline, next_action, next_due_at, closed_at, close_reason)
  on tickets.ticket to countersign_doer;
grant insert (tenant_id, ticket_id, seq, kind, state, at) on tickets.event to countersign_doer;
grant insert (tenant_id, ticket_id, conversation_id, mark, channel, sender, sent_at, words) on tickets.message to countersign_doer;
-- Under which name whoever owns a ticket is shown.
grant select (login) on identity.person to countersign_doer;
-- Where a conversation on GitHub is.
grant select (tenant_id, repository_id, installation_id, name, default_branch, active) on gate.repository to countersign_doer;

grant execute on function platform.lost_installations() to countersign_doer;

-- Into the outbox, once a key. INVARIANT: it reads no notice, and touches none that is there.
grant select (tenant_id, key), insert (tenant_id, key, channel, ticket_id, approval_id, sealed, not_before) on notify.notice to countersign_doer;
-- INVARIANT: whoever breaks into the doer asks nobody for an approval: what it tells is about a ticket.
create policy doer_tells_of_tickets on notify.notice as restrictive for insert to countersign_doer
  with check (approval_id is null and ticket_id is not null and key like 'ticket/' || ticket_id || '/%');
-- Which receivers hear of a ticket's events; never where they are, nor their secrets.
grant select (tenant_id, webhook_id, events, disabled_at) on notify.webhook to countersign_doer;
