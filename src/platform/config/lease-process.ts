// For `countersign lease broker`, which gets an environment of its own.

import { join, resolve } from "node:path";
import { LONGEST_SOCKET } from "./audit.ts";
import { readKeyStore } from "./key-store.ts";
import { DEFAULT_API, readPrivateKey } from "./read.ts";
import { reader, type Environment } from "./reader.ts";
import { SETTINGS } from "./settings.ts";
import type { InvalidConfig, LeaseProcessConfig } from "./types.ts";
import * as value from "./values.ts";

/** Its own login, the claims' key, and the App's key: what it cannot mint without. */
const OWN_SECRETS: readonly string[] = ["LEASE_DATABASE_URL", "CLAIM_KEY", "PRIVATE_KEY"];

export function readLeaseProcess(env: Environment): LeaseProcessConfig | InvalidConfig {
  const from = reader(env);
  const dataDir = from.read("DATA_DIR", value.DATA_DIR) ?? ".data";
  const live = join(dataDir, "live");
  const directory = from.read("LEASE_BROKER_DIR", value.path("LEASE_BROKER_DIR")) ?? resolve(live, "leases");
  const socket = from.read("LEASE_BROKER_SOCKET", value.path("LEASE_BROKER_SOCKET")) ?? join(directory, "lease.sock");
  const databaseUrl = from.read("LEASE_DATABASE_URL", value.databaseUrl("LEASE_DATABASE_URL"));
  // As the server has it: one that built-in PostgreSQL made is no hexadecimal number.
  const claimKey = from.text("CLAIM_KEY");
  const keyStore = readKeyStore(from, live);
  const appId = from.read("APP_ID", value.APP_ID);
  const privateKey = readPrivateKey(from);
  const apiUrl = from.read("GITHUB_API_URL", value.GITHUB_API_URL) ?? DEFAULT_API;
  const clientsDir = from.read("CLIENTS_DIR", value.path("CLIENTS_DIR")) ?? "clients";
  const logLevel = from.read("LOG_LEVEL", value.LOG_LEVEL) ?? "info";
  const foreign = SETTINGS.filter(
    ({ secret, name }) => secret && !OWN_SECRETS.includes(name) && from.text(name) !== null,
  ).map(({ name }) => name);
  if (foreign.length > 0)
    from.problems.push(
      `The lease broker must not hold other logins, and its environment has ${foreign.join(", ")}. Start it with an environment of its own.`,
    );
  if (from.text("LEASE_DATABASE_URL") === null || from.text("CLAIM_KEY") === null)
    from.problems.push(
      "The lease broker needs LEASE_DATABASE_URL, its own login, and CLAIM_KEY, the server's. `countersign migrate` makes the login.",
    );
  if ((appId === null) !== (privateKey === null) && from.problems.length === 0)
    from.problems.push(
      "The GitHub App's settings are incomplete: APP_ID and PRIVATE_KEY or PRIVATE_KEY_PATH go together.",
    );
  if (Buffer.byteLength(socket) > LONGEST_SOCKET)
    from.problems.push(
      `A Unix socket's path has at most ${LONGEST_SOCKET} bytes, and ${socket} is longer. Set LEASE_BROKER_SOCKET to a shorter one.`,
    );
  if (from.problems.length > 0 || databaseUrl === null || claimKey === null || keyStore === null)
    return { kind: "invalid", problems: from.problems };
  return {
    kind: "lease broker",
    directory,
    socket,
    databaseUrl,
    claimKey,
    github: appId === null || privateKey === null ? null : { appId, privateKey, apiUrl },
    keyStore,
    clientsDir,
    logLevel,
    secrets: [databaseUrl, claimKey, ...(privateKey === null ? [] : [privateKey])],
  };
}
