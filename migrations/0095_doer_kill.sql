-- The doer reads the switch by itself, in its own process: what it is told by nobody else cannot be kept from it.
grant usage on schema controls to countersign_doer;
grant execute on function controls.killed() to countersign_doer;
