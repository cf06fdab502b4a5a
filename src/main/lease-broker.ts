// The lease broker, as a process: `countersign lease broker` runs it, and a server without one of its own starts it as its child.

import { setTimeout as pause } from "node:timers/promises";
import { Hono } from "hono";
import { createAudit } from "#audit/io";
import { instantOfMillis } from "#kernel";
import { createKeys, openRoot, type Keys } from "#keys/io";
import { egressHosts, limits, type LeaseProviders } from "#leases";
import {
  connectLeases,
  createDatabaseProvider,
  createGitHubProvider,
  createLeaseBroker,
  createLeaseRecord,
  createVaultProvider,
  openLeaseSpool,
  sealedEnvironment,
  serveEgress,
  serveLeases,
  type ConnectedLeases,
  type Egress,
} from "#leases/io";
import { readLeaseProcess, type Environment, type LeaseBrokerConfig, type ServeConfig } from "#platform/config";
import { createGitHub } from "#platform/github";
import { listenPrivately } from "#platform/http";
import { createLog, type Log } from "#platform/log";
import { createDatabase, type Database } from "#platform/postgres";
import { inherited, type ChildEnvironment } from "#platform/process";
import { openClients } from "#tenants/io";
import { createKms } from "./audit.ts";
import { keepChild, orphaned, socketIn } from "./child.ts";
import type { OpenDatabase } from "./database.ts";
import { opened, orClose, repeat, type Opened } from "./lifecycle.ts";

type Process = Exclude<ReturnType<typeof readLeaseProcess>, { kind: "invalid" }>;

/** Serves until asked to end; then revokes what lives. Resolves to the sentences that keep it from starting. */
export async function runLeaseBroker(
  env: Environment,
  asked: () => Promise<void>,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const config = readLeaseProcess(env);
  if (config.kind === "invalid") return config.problems;
  const ofAParent = process.connected;
  const log = createLog({ level: config.logLevel, secrets: config.secrets });
  const resources = opened(log);
  await orClose(resources, () => startLeaseBroker(config, log, resources));
  // Listened for only now: a channel that is listened to would keep a process that could not start from ending.
  const end = ofAParent ? (process.connected ? orphaned() : Promise.resolve()) : asked();
  say(`The lease broker listens at ${config.socket}.`);
  process.send?.("ready");
  await end;
  await resources.close();
  return [];
}

async function startLeaseBroker(config: Process, log: Log, resources: Opened): Promise<void> {
  const { databaseUrl: url, claimKey } = config;
  // INVARIANT: one broker on one spool. Another one would take what this one has given out for what a dead one left, and revoke it.
  const alone = await listenPrivately(
    new Hono(),
    socketIn(config.directory, "spool.sock"),
    `Another lease broker works on ${config.directory}: a server starts one itself. Use it, stop it, or give this one a directory of its own (LEASE_BROKER_DIR).`,
  );
  resources.add("the lease broker's spool", alone.stop);
  const database = createDatabase({
    url,
    claimKey,
    login: "lease broker",
    onIdleError: (error) => log.warn({ err: error }, "an idle database connection broke"),
  });
  resources.add("database pool", () => database.close());
  const kms = createKms(config.keyStore);
  await openRoot(database, kms);
  const spool = await openLeaseSpool(config.directory, kms);
  const keys = createKeys({ kms, clock: Date.now });
  const { append } = createAudit({ keys, secrets: config.secrets });
  const record = createLeaseRecord({ database, append, broker: spool.broker });
  let egress: Egress | null = null;
  const broker = createLeaseBroker({
    record,
    spool,
    providers: providersOf(config, database, keys),
    clock: {
      monotonic: () => performance.now(),
      wall: () => instantOfMillis(Date.now()),
      pause: (ms) => pause(ms, undefined, { ref: false }),
    },
    events: {
      onFault: (error) => log.error({ err: error }, "the lease broker met a failure; it goes on, and tries again"),
      onIrrevocable: ({ row, request }) =>
        log.error(
          { lease: row?.lease, tenant: request.tenant, kind: request.scope.kind },
          "a lease could not be revoked: see `countersign lease list`, and suspend the installation or the login at its provider if it must not live on",
        ),
    },
    proxy: () => egress?.url ?? null,
  });
  await broker.recover();
  if (config.github !== null) {
    egress = await serveEgress({
      leases: broker,
      hosts: egressHosts(config.github.apiUrl),
      onRefused: ({ lease, why, method }) => log.warn({ lease, why, method }, "a request beyond its lease was refused"),
    });
    const { close } = egress;
    resources.add("the proxy", close);
  }
  resources.add("what is leased", () => broker.close());
  resources.add(
    "the sweep of leases",
    repeat(log, "sweep of leases", limits.sweepMs, () => broker.sweep()),
  );
  const served = await serveLeases(broker, config.socket, (error) =>
    log.error({ err: error }, "the lease broker could not answer"),
  );
  resources.add("the lease broker's socket", served.stop);
}

function providersOf(config: Process, database: Database, keys: Keys): LeaseProviders {
  const { github, keyStore, clientsDir } = config;
  const environment = async () => sealedEnvironment({ database, keys, clients: await openClients(clientsDir) });
  return {
    github: github === null ? null : createGitHubProvider(createGitHub({ ...github, baseUrl: github.apiUrl }).leases),
    database: createDatabaseProvider({
      sealed: async (tenant, name) => (await environment()).sealed(tenant, name),
      clock: Date.now,
    }),
    vault:
      keyStore.kind === "vault"
        ? createVaultProvider({ place: keyStore, prefixOf: async (tenant) => (await environment()).prefixOf(tenant) })
        : null,
  };
}

export const leaseSocketOf = (config: LeaseBrokerConfig): string =>
  config.kind === "given" ? config.socket : socketIn(config.directory, "lease.sock");

type Leasing = Pick<ServeConfig, "leases" | "github" | "keyStore" | "dataDir" | "clientsDir" | "logLevel">;

/** The lease broker that this server uses. null: it has none, and nothing is leased. */
export async function openLeasesFor(
  config: Leasing,
  database: OpenDatabase,
  log: Log,
  resources: Opened,
): Promise<ConnectedLeases | null> {
  if (config.leases.kind === "own") {
    if (database.leaseUrl === null) {
      log.warn("LEASE_DATABASE_URL is missing: there is no lease broker, and nothing is leased");
      return null;
    }
    const { directory } = config.leases;
    const socket = leaseSocketOf(config.leases);
    const env = environmentOf(config, {
      directory,
      socket,
      databaseUrl: database.leaseUrl,
      claimKey: database.claimKey,
    });
    const own = { name: "The lease broker", args: ["lease", "broker"], env, meanwhile: "nothing is leased" };
    resources.add("the lease broker", await keepChild(own, log));
  }
  const leases = connectLeases(leaseSocketOf(config.leases));
  resources.add("the lease broker's connection", async () => leases.close());
  return leases;
}

interface Given {
  readonly directory: string;
  readonly socket: string;
  readonly databaseUrl: string;
  readonly claimKey: string;
}

/** INVARIANT: begun from nothing. It has what it cannot mint without, and neither the server's login nor the operator's. */
function environmentOf(config: Leasing, given: Given): ChildEnvironment {
  const { github, keyStore } = config;
  return {
    ...inherited("PATH"),
    DATA_DIR: config.dataDir,
    LEASE_BROKER_DIR: given.directory,
    LEASE_BROKER_SOCKET: given.socket,
    LEASE_DATABASE_URL: given.databaseUrl,
    CLAIM_KEY: given.claimKey,
    CLIENTS_DIR: config.clientsDir,
    LOG_LEVEL: config.logLevel === "info" ? "warn" : config.logLevel,
    ...(github.kind === "app"
      ? {
          APP_ID: String(github.appId),
          PRIVATE_KEY: github.privateKey,
          GITHUB_API_URL: github.apiUrl,
        }
      : {}),
    ...keyStoreSettings(keyStore),
  };
}

/** Where a child of ours finds the tenants' keys. AWS's own credentials are the machine's (an instance's role): keys in the server's environment are not handed on. */
export function keyStoreSettings(store: ServeConfig["keyStore"]): ChildEnvironment {
  switch (store.kind) {
    case "file":
      return store.directory === null ? {} : { KEYS_DIR: store.directory };
    case "vault":
      return {
        KMS: "vault",
        VAULT_ADDR: store.address,
        VAULT_TRANSIT_MOUNT: store.transitMount,
        ...(store.namespace === null ? {} : { VAULT_NAMESPACE: store.namespace }),
        ...vaultLogin(store.login),
      };
    case "aws":
      return {
        KMS: "aws",
        AWS_REGION: store.region,
        ...(store.endpoint === null ? {} : { AWS_KMS_ENDPOINT: store.endpoint }),
      };
    case "pkcs11":
      return {
        KMS: "pkcs11",
        PKCS11_MODULE: store.module,
        PKCS11_PIN_FILE: store.pinFile,
        ...(store.token.kind === "slot"
          ? { PKCS11_SLOT: String(store.token.slot) }
          : { PKCS11_LABEL: store.token.label }),
      };
  }
}

const vaultLogin = (login: Extract<ServeConfig["keyStore"], { kind: "vault" }>["login"]): ChildEnvironment =>
  login.kind === "token_file"
    ? { VAULT_TOKEN_FILE: login.path }
    : { VAULT_ROLE_ID: login.roleId, VAULT_SECRET_ID_FILE: login.secretIdFile, VAULT_APPROLE_MOUNT: login.mount };
