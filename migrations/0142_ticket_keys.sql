-- Programs of a client's that work with its tickets. INVARIANT: such a key reads no log, an auditor's key touches no ticket, and an agent's
-- is for calls alone: one stolen key is one thing.
alter table identity.api_key
  drop constraint if exists api_key_capabilities_check,
  add constraint api_key_capabilities_check check (cardinality(capabilities) between 1 and 16
    and (capabilities <@ array['audit.read'] or capabilities <@ array['ticket.work'])
      = (agent_id is null) and (agent_id is null or capabilities <@ array['agent.call']));
