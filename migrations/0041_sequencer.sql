-- The sequencer: order, tree, heads and epochs of the audit log. It reads hashes of every tenant and writes what is computed
-- from them; it sees no leaf bytes and no body.

-- The first connection of each role asks for the schema's version (boot.ts).
grant select on platform.migration to countersign_sequencer;
