import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "#kernel";
import type { DatabaseConfig, DemoConfig, ServeConfig } from "#platform/config";
import {
  createDatabase,
  databaseMark,
  markDatabase,
  migrate,
  recreateDatabase,
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
  type Database,
  type EmbeddedPostgres,
  type OperatorOptions,
} from "#platform/postgres";
import type { Log } from "#platform/log";
import type { Opened } from "./lifecycle.ts";

export interface OpenDatabase {
  readonly database: Database;
  /** The app's own login, for the job workers. */
  readonly url: string;
  /** The sequencer's login; null: none was given (SEQUENCER_DATABASE_URL). */
  readonly sequencerUrl: string | null;
  /** The verifier's login; null: none was given (VERIFIER_DATABASE_URL). */
  readonly verifierUrl: string | null;
  /** The auditor's login, which sees sealed bodies, too; only built-in PostgreSQL has it at hand. */
  readonly auditorUrl: string | null;
  /** The lease broker's login; null: none was given (LEASE_DATABASE_URL). */
  readonly leaseUrl: string | null;
  /** The doer's login; null: none was given (DOER_DATABASE_URL). */
  readonly doerUrl: string | null;
  /** Signs tenant claims, in the lease broker's process too. */
  readonly claimKey: string;
  /** The operator's access, where this process has it: always with built-in PostgreSQL. */
  readonly operator: OperatorOptions | null;
}

export type Purpose = "live" | "demo";
type Say = (line: string) => void;

/** INVARIANT: a database of the demo never serves real GitHub, and the other way round; its mark says what it is. */
const MARK: Readonly<Record<Purpose, string>> = { live: "countersign live", demo: "countersign demo" };

function directory(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
    return path;
  } catch (error) {
    throw new Fault(
      "config_invalid",
      `${path} cannot be created: this user may not write there. Start from a directory of your own, or set DATA_DIR.`,
      { cause: error },
    );
  }
}

export async function openEmbedded(given: {
  readonly directory: string;
  readonly purpose: Purpose;
  /** false: what is not there is not made. */
  readonly create?: boolean;
  readonly log: Log;
  readonly say: Say;
  readonly resources: Opened;
}): Promise<OpenDatabase> {
  const server = await startEmbeddedPostgres({
    dir: join(directory(given.directory), "postgres"),
    create: given.create ?? true,
    onProgress: given.say,
  });
  given.resources.add("built-in PostgreSQL", server.stop);
  const { stop: _, ...access } = server;
  const mark = await databaseMark(access.adminUrl);
  if (mark !== null && mark !== MARK[given.purpose])
    throw new Fault(
      "config_invalid",
      `The database in ${given.directory} belongs to something else (${mark}). Choose another DATA_DIR.`,
    );
  // The world of the demo is told anew at each start, so its database begins empty, and what was sealed for it goes.
  if (given.purpose === "demo") {
    await recreateDatabase(access.adminUrl);
    for (const name of ["keys", "clients"]) rmSync(join(given.directory, name), { recursive: true, force: true });
  }
  await migrate({ ...access, onProgress: given.say });
  await markDatabase(access.adminUrl, MARK[given.purpose]);
  return openOwn(access, given.log, given.resources);
}

/** Built-in PostgreSQL: this process has every login. */
function openOwn(access: Omit<EmbeddedPostgres, "stop">, log: Log, resources: Opened): OpenDatabase {
  const { adminUrl, appUrl, sequencerUrl, verifierUrl, auditorUrl, brokerUrl, doerUrl, claimKey } = access;
  return {
    ...open({ url: appUrl, claimKey }, log, resources),
    sequencerUrl,
    verifierUrl,
    auditorUrl,
    leaseUrl: brokerUrl,
    doerUrl,
    claimKey,
    operator: { adminUrl, claimKey },
  };
}

/** For one command: beside a running server through its PostgreSQL, otherwise with one of its own. */
export async function openFor(config: ServeConfig, log: Log, resources: Opened, say: Say): Promise<OpenDatabase> {
  if (config.database.kind === "url") return openGiven(config.database, log, resources);
  return (
    openRunning(config.directory, log, resources) ??
    openEmbedded({ directory: config.directory, purpose: "live", create: false, log, say, resources })
  );
}

/** For one command that reads: the demo that runs here, or what is configured. null: nothing is. */
export const openHere = async (
  config: DemoConfig | ServeConfig,
  log: Log,
  resources: Opened,
  say: Say,
): Promise<OpenDatabase | null> =>
  config.kind === "demo" ? openRunning(config.directory, log, resources) : openFor(config, log, resources, say);

/** null: no server of ours runs on this directory. */
export function openRunning(directory: string, log: Log, resources: Opened): OpenDatabase | null {
  const running = runningEmbeddedPostgres(join(directory, "postgres"));
  return running === null ? null : openOwn(running, log, resources);
}

export async function openGiven(
  config: Extract<DatabaseConfig, { kind: "url" }>,
  log: Log,
  resources: Opened,
): Promise<OpenDatabase> {
  const found = open({ url: config.url, claimKey: config.claimKey }, log, resources);
  if ((await databaseMark(config.url)) === MARK.demo)
    throw new Fault(
      "config_invalid",
      "DATABASE_URL names a database of the demo. Real settings never run on demo data: give it a database of its own.",
    );
  await found.database.withPlatform(async () => {});
  return {
    ...found,
    sequencerUrl: config.sequencerUrl,
    verifierUrl: config.verifierUrl,
    auditorUrl: null,
    leaseUrl: config.leaseUrl,
    doerUrl: config.doerUrl,
    claimKey: config.claimKey,
    operator: config.adminUrl === null ? null : { adminUrl: config.adminUrl, claimKey: config.claimKey },
  };
}

function open(
  given: { readonly url: string; readonly claimKey: string },
  log: Log,
  resources: Opened,
): Pick<OpenDatabase, "database" | "url"> {
  const database = createDatabase({
    ...given,
    onIdleError: (error) => log.warn({ err: error }, "an idle database connection broke"),
  });
  resources.add("database pool", () => database.close());
  return { database, url: given.url };
}
