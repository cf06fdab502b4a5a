export * from "./handle.ts";
export { serveEgress, type Egress, type EgressHosts, type EgressRefused } from "./egress/serve.ts";
export { withGit, type GitWay } from "./git.ts";
export { createVaultProvider } from "./vault.ts";
export { createDatabaseProvider, type SealedValue } from "./database/provider.ts";
