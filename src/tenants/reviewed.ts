// Tables that a tenant's erasure does not empty, and tables without a tenant's rows, each with the reason. What is on no list fails
// the look at what is left of a tenant (docs/offboarding.md) and the catalog's test, until somebody has read it.

/** With a tenant_id, and for ever: random ids, hashes and instants. */
export const STAYS: Readonly<Record<string, string>> = {
  "audit.leaf": "hashes of entries: every checkpoint ever published still verifies",
  "audit.tile": "hashes",
  "audit.partial_tile": "hashes",
  "audit.head": "hashes, pinned",
  "audit.head_at": "hashes, one row for each epoch",
  "audit.tenant_checkpoint": "signed hashes",
  "audit.legal_hold": "ids of entries",
  "audit.erasure": "the order's id",
  "audit.erasure_step": "names of steps, ids and counts",
  "platform.offboarding": "the ledger: ids and instants",
  "platform.offboard_step": "the ledger: names of steps, counts",
  "platform.tombstone": "HMAC of the prefix, id, instants, counts, the last hash",
};

/** With a tenant_id, and emptied by a later step than rows are: what they list has to be removed first. */
export const LATER: Readonly<Record<string, string>> = {
  "platform.tenant_asset": "files and other things outside the tables, each with where it is",
};

/** Without a tenant's rows. */
export const WITHOUT_TENANT: Readonly<Record<string, string>> = {
  "keyring.claim_key": "the claim's key blocks; the owner's alone",
  "platform.migration": "names of migrations",
  "platform.tenant": "the registry itself; the app reads it through look-ups only",
  "platform.installation": "the registry itself; the app reads it through look-ups only",
  "platform.tenant_asset": "the registry of what was made for each tenant; the app's role has nothing to do with it",
  "platform.tombstone": "what stays of tenants that are gone; the app's role has nothing to do with it",
  "keyring.tombstone_key": "the tombstones' key blocks; the owner's alone",
  "platform.departed_installation":
    "hashes of numbers that were somebody's, under the tombstones' key; how often they were heard of since",
  "platform.installation_seen": "numbers of installations nobody owns yet",
  "identity.api_key": "the registry of API keys' hashes; the app asks whose hash it is, and no more",
  "identity.operator": "the registry of operators' hashes; read and written by functions alone",
  "identity.act": "what operators have asked for, for half an hour; no tenant's data but its id",
  "controls.kill":
    "what is stopped: every server knows it before it knows who asks; ids, an operator's reason and instants",
  "identity.sign_in": "which clients an account may sign in to: numbers; asked by a function, for active clients alone",
  "identity.choice": "who has signed in and has not chosen a client yet, for five minutes; no client's",
  "tickets.heartbeat": "the database's clock as it was last seen, one row",
  "keys.root": "which root key the keys were made under, one row",
  "audit.sequencer": "the sequencer's place, one row",
  "audit.checkpoint": "signed notes of the one public log",
  "audit.month": "months that partitions were made for",
  "audit.retired_month": "months that were let go of",
  "audit.expected_fingerprint": "what the catalog should be",
  "audit.break_glass": "uses of the break-glass setting",
  "audit.epoch": "the one public log: no tenant's data",
  "audit.epoch_tile": "the tree of the one public log",
  "audit.epoch_partial_tile": "the tree of the one public log",
  "audit.cosignature": "what witnesses say of the one public log",
  "audit.witnessed": "which epochs of it had their quorum",
  "audit.timestamp": "tokens over its checkpoints",
  "audit.anchor": "how far its copies are",
  "audit.epoch_slots": "salted hashes, one for each slot",
  "graphile_worker.migrations": "the job queue's own",
  "graphile_worker._private_jobs": "job payloads are ids only (JobPayload)",
  "graphile_worker._private_job_queues": "queue names are ids only",
  "graphile_worker._private_tasks": "names of tasks",
  "graphile_worker._private_known_crontabs": "unused",
  "platform.offboarding": "who is leaving or has left: ids and instants, for the operator's functions alone",
  "platform.offboard_step": "its steps: names, instants and counts",
};

/** Of those: text that this program wrote itself. A client's short name may well be a word of it. */
export const OUR_OWN_WORDS: ReadonlySet<string> = new Set([
  "platform.migration",
  "audit.expected_fingerprint",
  "audit.break_glass",
  "graphile_worker.migrations",
  "graphile_worker._private_tasks",
  "graphile_worker._private_known_crontabs",
]);
