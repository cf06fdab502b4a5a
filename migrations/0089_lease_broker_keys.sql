-- The lease broker seals what it writes into a tenant's log, as the server does; a key that is due is retired by whoever meets it first.
grant execute on function keys.is_index(keys.purpose, bytea), keys.is_due(keys.dek), keys.retire_due(uuid) to countersign_broker;
