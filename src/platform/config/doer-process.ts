// For `countersign doer`, which gets an environment of its own.

import { join, resolve } from "node:path";
import { readDispatch } from "./dispatch.ts";
import { readKeyStore } from "./key-store.ts";
import { DEFAULT_API } from "./read.ts";
import { reader, type Environment } from "./reader.ts";
import { SETTINGS } from "./settings.ts";
import type { DoerProcessConfig, InvalidConfig } from "./types.ts";
import * as value from "./values.ts";

const OWN_SECRETS: readonly string[] = ["DOER_DATABASE_URL", "CLAIM_KEY"];
const AT_ONCE = 8;

export function readDoerProcess(env: Environment): DoerProcessConfig | InvalidConfig {
  const from = reader(env);
  const live = join(from.read("DATA_DIR", value.DATA_DIR) ?? ".data", "live");
  const databaseUrl = from.read("DOER_DATABASE_URL", value.databaseUrl("DOER_DATABASE_URL"));
  // As the server has it: one that built-in PostgreSQL made is no hexadecimal number.
  const claimKey = from.text("CLAIM_KEY");
  const keyStore = readKeyStore(from, live);
  const leaseSocket =
    from.read("LEASE_BROKER_SOCKET", value.path("LEASE_BROKER_SOCKET")) ?? resolve(live, "leases", "lease.sock");
  const apiUrl = from.read("GITHUB_API_URL", value.GITHUB_API_URL) ?? DEFAULT_API;
  const clientsDir = from.read("CLIENTS_DIR", value.path("CLIENTS_DIR")) ?? "clients";
  const logLevel = from.read("LOG_LEVEL", value.LOG_LEVEL) ?? "info";
  const killed = from.read("COUNTERSIGN_KILL_SWITCH", value.flag("COUNTERSIGN_KILL_SWITCH")) ?? false;
  if (from.read("COUNTERSIGN_EXPLAIN_MODE", value.flag("COUNTERSIGN_EXPLAIN_MODE")) === true)
    from.problems.push(
      "COUNTERSIGN_EXPLAIN_MODE=1 only explains: there is no doer in it. Unset it to have calls carried out.",
    );
  const atOnce = Number(from.text("DOER_ATONCE") ?? AT_ONCE);
  const dispatch = readDispatch(from);
  const dependenciesDir = from.read("DEPENDENCIES_DIR", value.path("DEPENDENCIES_DIR"));
  const foreign = SETTINGS.filter(
    ({ secret, name }) => secret && !OWN_SECRETS.includes(name) && from.text(name) !== null,
  ).map(({ name }) => name);
  if (foreign.length > 0)
    from.problems.push(
      `The doer must not hold other logins, nor the App's key, and its environment has ${foreign.join(", ")}. Start it with an environment of its own.`,
    );
  if (from.text("DOER_DATABASE_URL") === null || claimKey === null)
    from.problems.push(
      "The doer needs DOER_DATABASE_URL, its own login, and CLAIM_KEY, the server's. `countersign migrate` makes the login.",
    );
  if (!Number.isInteger(atOnce) || atOnce < 1 || atOnce > 64)
    from.problems.push("DOER_ATONCE is a whole number from 1 to 64.");
  if (from.problems.length > 0 || databaseUrl === null || claimKey === null || keyStore === null)
    return { kind: "invalid", problems: from.problems };
  return {
    kind: "doer",
    databaseUrl,
    claimKey,
    keyStore,
    leaseSocket,
    apiUrl,
    clientsDir,
    killed,
    atOnce,
    dependenciesDir,
    dispatch,
    logLevel,
    secrets: [databaseUrl, claimKey],
  };
}
