import { chownSync, closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { Fault } from "#kernel";
import { inherited, runProgram, startProgram, type ChildEnvironment, type ChildProcess } from "#platform/process";
import { placeFor, type Place } from "./embedded-place.ts";
import { alive, waitForPredecessor } from "./embedded-handover.ts";
import { gone, notMade, putAside } from "./embedded-gone.ts";
import { freePort, freshState, readState, writeState, type EmbeddedState } from "./embedded-state.ts";

export interface EmbeddedOptions {
  /** For example `.data/postgres`. Holds everything; removing it is starting over. */
  readonly dir: string;
  readonly onProgress?: (line: string) => void;
  /** false: only one that is there is started, since whoever merely asks makes no database. */
  readonly create?: boolean;
  /** Extra server settings. Tests switch fsync off; nothing else should. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  readonly adminUrl: string;
  readonly appUrl: string;
  readonly sequencerUrl: string;
  readonly verifierUrl: string;
  readonly auditorUrl: string;
  readonly brokerUrl: string;
  readonly doerUrl: string;
  /** Lives beside the cluster, since the database holds what is derived from it. */
  readonly claimKey: string;
  /** Fast shutdown: ends sessions, writes everything out. */
  stop(): Promise<void>;
}

const ADMIN = "postgres";
const DATABASE = "countersign";
const START_MS = 60_000;
const POLL_MS = 40;
/** Until it is tried again, where it does not start: twice as long each time. */
const AGAIN_MS = 500;
const AGAIN_MOST_MS = 30_000;

/** PostgreSQL 18 from npm, on loopback only, with random passwords. The second start takes well under a second. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const say = options.onProgress ?? (() => {});
  const place = placeFor(options.dir);
  const known = readState(options.dir);
  if (options.create === false && (known === null || !existsSync(place.data))) throw notMade(options.dir);
  await waitForPredecessor(place, known, options.dir);
  const there = existsSync(place.data);
  if (known === null && there && place.inside) {
    throw new Fault(
      "config_invalid",
      `${place.data} holds a database, but its keys (cluster.json in ${options.dir}) are missing. Restore them, or remove ${options.dir} to begin with an empty one.`,
    );
  }
  if (known?.made === true && !there) throw gone(place, options.dir);
  const kept = known ?? freshState(0);
  const state = { ...kept, port: await freePort(kept.port), owner: process.pid };
  // Before initdb: a cluster never exists without its keys.
  writeState(options.dir, state);
  if (known === null || !there) {
    if (there) putAside(place, say);
    say("Creating the built-in PostgreSQL (once)");
    initialise(place, state);
  }
  writeState(options.dir, { ...state, made: true });
  say(`Starting the built-in PostgreSQL on port ${state.port}`);
  if (!place.inside)
    say(`Its data are in ${place.data}: the account that PostgreSQL runs as may not enter ${options.dir}`);
  const keeper = keepRunning(place, state, options);
  await keeper.started;
  return { ...accessOf(state), stop: keeper.stop };
}

/** INVARIANT: a server that somebody else ended (kill -9, no memory) is there again by itself, with the same port, keys and rows. */
function keepRunning(
  place: Place,
  state: EmbeddedState,
  options: EmbeddedOptions,
): { readonly started: Promise<void>; readonly stop: () => Promise<void> } {
  const logFile = join(options.dir, "postgres.log");
  const url = urlFor(state, ADMIN, state.adminPassword, "postgres");
  let stopping = false;
  let server: ChildProcess;

  async function start(log: "w" | "a"): Promise<void> {
    const until = Date.now() + START_MS;
    server = launch(place, state, options, log);
    while ((await whenReady(server, url, logFile, until)) === "again") {
      await pause(POLL_MS);
      if (stopping) return;
      server = launch(place, state, options, log);
    }
    const ended = (): void => void (stopping ? null : again());
    if (hasEnded(server)) ended();
    else server.once("exit", ended);
  }

  async function again(): Promise<void> {
    for (let wait = AGAIN_MS; !stopping; wait = Math.min(2 * wait, AGAIN_MOST_MS)) {
      options.onProgress?.("The built-in PostgreSQL ended by itself, and is started again");
      try {
        return await start("a");
      } catch {
        // Its log says why: no disk, no memory. Whoever asks meanwhile is told that there is no database.
        await pause(wait, undefined, { ref: false });
      }
    }
  }

  return {
    started: start("w"),
    async stop() {
      stopping = true;
      await stop(server);
    },
  };
}

const hasEnded = ({ pid, exitCode, signalCode }: ChildProcess): boolean =>
  pid === undefined || exitCode !== null || signalCode !== null;

/** The one in `dir`, where a living process of ours runs it: the command line works beside the server. */
export function runningEmbeddedPostgres(dir: string): Omit<EmbeddedPostgres, "stop"> | null {
  const state = readState(dir);
  if (
    state === null ||
    state.owner === 0 ||
    !alive(state.owner) ||
    !existsSync(join(placeFor(dir).data, "postmaster.pid"))
  )
    return null;
  return accessOf(state);
}

function urlFor(state: EmbeddedState, user: string, password: string, database: string): string {
  return `postgres://${user}:${password}@127.0.0.1:${state.port}/${database}`;
}

function accessOf(state: EmbeddedState): Omit<EmbeddedPostgres, "stop"> {
  return {
    adminUrl: urlFor(state, ADMIN, state.adminPassword, DATABASE),
    appUrl: urlFor(state, "countersign_server", state.appPassword, DATABASE),
    sequencerUrl: urlFor(state, "countersign_sequencer_login", state.sequencerPassword, DATABASE),
    verifierUrl: urlFor(state, "countersign_verifier_login", state.verifierPassword, DATABASE),
    auditorUrl: urlFor(state, "countersign_auditor_login", state.auditorPassword, DATABASE),
    brokerUrl: urlFor(state, "countersign_broker_login", state.brokerPassword, DATABASE),
    doerUrl: urlFor(state, "countersign_doer_login", state.doerPassword, DATABASE),
    claimKey: state.claimKey,
  };
}

/** initdb works in a directory of its own and is moved into place when whole: half an initdb is never taken for a cluster. */
function initialise(place: Place, state: EmbeddedState): void {
  const partial = `${place.data}.new`;
  const passwordFile = `${place.data}.password`;
  for (const leftover of [partial, place.data, passwordFile]) rmSync(leftover, { recursive: true, force: true });
  writeFileSync(passwordFile, state.adminPassword, { mode: 0o600 });
  if (place.account !== null) chownSync(passwordFile, place.account.uid, place.account.gid);
  const args = [
    "-D",
    partial,
    `--username=${ADMIN}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
  ];
  // The built-in locale sorts the same on every machine, so an index never depends on the host's C library.
  const locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const program = join(place.native, "bin", "initdb");
  const made = runProgram(
    { program, args: [...args, ...locale], env: environment() },
    { ...place.account, cwd: dirname(place.data) },
  );
  rmSync(passwordFile, { force: true });
  if (made.status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    const why = (made.stderr ?? made.error?.message ?? "").trim().split("\n").at(-1) ?? "";
    throw new Fault(
      "database_unavailable",
      `The built-in PostgreSQL could not be created: ${why}. Set DATABASE_URL to use another server.`,
    );
  }
  renameSync(partial, place.data);
}

/** Nothing of ours: no secret in our environment is the database server's business. */
function environment(): ChildEnvironment {
  return { ...inherited("PATH"), LC_ALL: "C", TZ: "UTC" };
}

function launch(place: Place, state: EmbeddedState, options: EmbeddedOptions, how: "w" | "a"): ChildProcess {
  const settings = {
    port: String(state.port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "100",
    // Errors without their DETAIL lines and statements: those quote rows.
    log_error_verbosity: "terse",
    log_min_error_statement: "panic",
    ...options.settings,
  };
  const log = openSync(join(options.dir, "postgres.log"), how, 0o600);
  const args = ["-D", place.data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  // Detached: Ctrl-C in a terminal goes to the whole process group, and the server must outlive our own drain.
  const server = startProgram(
    { program: join(place.native, "bin", "postgres"), args, env: environment() },
    { ...place.account, cwd: dirname(place.data), stdio: ["ignore", log, log], detached: true },
  );
  closeSync(log);
  server.on("error", () => {});
  if (server.pid !== undefined) guard(server, server.pid);
  server.unref();
  return server;
}

/** A child that waits for us to end: where we were killed (kill -9), it shuts the server down instead of leaving an orphan. */
function guard(server: ChildProcess, pid: number): void {
  const watch = startProgram(
    { program: "/bin/sh", args: ["-c", 'read line || kill -INT "$1"', "sh", String(pid)], env: {} },
    { cwd: "/", stdio: ["pipe", "ignore", "ignore"], detached: true },
  );
  watch.on("error", () => {});
  watch.stdin?.on("error", () => {});
  watch.unref();
  // A pipe to a child is a socket, and an open one would keep us from ending.
  if (watch.stdin instanceof Socket) watch.stdin.unref();
  server.once("exit", () => watch.stdin?.end("gone\n"));
}

/** Of a server that was killed, the children end a moment later, each when it looks up; PostgreSQL refuses to start beside them. */
const PREDECESSOR = "pre-existing shared memory block";

async function whenReady(
  server: ChildProcess,
  url: string,
  logFile: string,
  until: number,
): Promise<"ready" | "again"> {
  for (;;) {
    if (hasEnded(server)) {
      if (Date.now() < until && lastError(logFile).includes(PREDECESSOR)) return "again";
      throw new Fault("database_unavailable", `The built-in PostgreSQL did not start: ${lastError(logFile)}`);
    }
    if (await ensureDatabase(url)) return "ready";
    if (Date.now() > until) {
      await stop(server);
      throw new Fault(
        "database_unavailable",
        `The built-in PostgreSQL did not answer within ${START_MS / 1000} s: ${lastError(logFile)}`,
      );
    }
    await pause(POLL_MS);
  }
}

/** True when the server answers and the database is there. */
async function ensureDatabase(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rowCount } = await client.query("select from pg_database where datname = $1", [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
    return true;
  } catch (error) {
    // 28P01: somebody else's server, or another password: waiting would not help.
    if (error instanceof pg.DatabaseError && error.code === "28P01")
      throw new Fault(
        "database_unavailable",
        "The built-in PostgreSQL does not accept its own password. Remove its directory to begin with an empty one.",
      );
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

function lastError(logFile: string): string {
  const lines = existsSync(logFile) ? readFileSync(logFile, "utf8").split("\n") : [];
  return lines.findLast((line) => /FATAL|PANIC|ERROR|could not/.test(line)) ?? `see ${logFile}`;
}

async function stop(server: ChildProcess): Promise<void> {
  if (hasEnded(server)) return;
  const gone = new Promise<void>((resolve) => {
    server.once("exit", () => resolve());
  });
  server.ref();
  server.kill("SIGINT");
  await gone;
}
