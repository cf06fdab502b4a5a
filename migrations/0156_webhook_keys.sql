-- Programs that say where a client's events are sent. A key for tickets is none: whoever has it could have every event sent to himself.
alter table identity.api_key
  drop constraint if exists api_key_capabilities_check,
  add constraint api_key_capabilities_check check (cardinality(capabilities) between 1 and 16
    and (capabilities <@ array['audit.read'] or capabilities <@ array['ticket.work'] or capabilities <@ array['webhook.manage'])
      = (agent_id is null) and (agent_id is null or capabilities <@ array['agent.call']));
