-- An agent has said that there is nothing left to do, and nobody of ours has looked yet. INVARIANT: by that word alone nothing has shipped,
-- and no ticket leaves the desk unseen.
alter table tickets.ticket add column solved_by_agent boolean not null default false check (state = 'resolved' or not solved_by_agent);
grant update (solved_by_agent) on tickets.ticket to countersign_app, countersign_doer;
-- INVARIANT: whoever breaks into the doer closes nothing, and says in no person's name that a ticket is solved.
create policy doer_solves_as_an_agent on tickets.ticket as restrictive for update to countersign_doer
  using (true) with check (state <> 'closed' and (state <> 'resolved' or solved_by_agent));
