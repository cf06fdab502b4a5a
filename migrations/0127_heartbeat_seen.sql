-- As 0126: every text there is can be looked through for a client that is gone.
grant select on tickets.heartbeat to countersign_auditor;
