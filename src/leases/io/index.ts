export { createLeaseBroker, type LeaseBroker } from "./broker.ts";
export { createDatabaseProvider, type SealedValue } from "./database/provider.ts";
export { serveEgress, type Egress, type EgressRefused } from "./egress/serve.ts";
export { withGit, type GitWay } from "./git.ts";
export { handleDigest, makeHandle } from "./handle.ts";
export type { BrokerClock, BrokerEvents } from "./parts.ts";
export { createLeaseRecord, type LeaseRecord } from "./record.ts";
export { openLeaseSpool, type LeaseSpool } from "./spool.ts";
export { createVaultProvider } from "./vault.ts";
