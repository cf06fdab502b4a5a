-- What the sequencer moves is where a log ends. Whose slot a head has, its salt, and that its tenant was erased are not its to say: with
-- `shredded` set, what is missing from a log would look erased by the rules.

revoke insert, update on audit.head from countersign_sequencer;
grant insert (tenant_id, slot, salt, size, root, chain), update (size, root, chain, incarnation, updated_at) on audit.head
  to countersign_sequencer;
