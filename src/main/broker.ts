// The broker, as a process: `countersign broker` runs it, and a server without one of its own starts it as its child.

import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectBroker, openBroker, serveBroker, type ConnectedBroker } from "#audit/io";
import { Fault } from "#kernel";
import { LONGEST_SOCKET, readBrokerConfig, type BrokerConfig, type Environment } from "#platform/config";
import { createLog, type Log } from "#platform/log";
import { startProgram, type ChildProcess } from "#platform/process";
import type { Opened } from "./lifecycle.ts";

/** Serves until asked to end. Resolves to the sentences that keep it from starting. */
export async function runBroker(
  env: Environment,
  asked: () => Promise<void>,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const config = readBrokerConfig(env);
  if (config.kind === "invalid") return config.problems;
  const end = process.connected ? orphaned() : asked();
  const log = createLog({ level: config.logLevel, secrets: [] });
  const { broker, close } = openBroker(config.directory, config.origin);
  const served = await serveBroker(broker, config.socket, {
    onFault: (error) => log.error({ err: error }, "the broker could not answer"),
  });
  const { vkey } = await broker.identity();
  say(`The broker listens at ${config.socket}. Its key, for auditors and witnesses:\n  ${vkey}`);
  process.send?.("ready");
  await end;
  await served.stop();
  close();
  return [];
}

/**
 * The channel to the parent closes when the parent is done with us, or is gone, however it went. A signal to the whole
 * process group is the parent's to obey: it still has an epoch to finish, for which it needs this process.
 */
function orphaned(): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
  return new Promise((resolve) => {
    process.once("disconnect", resolve);
  });
}

const MAIN = join(import.meta.dirname, "..", "main.ts");
/** For a machine that is busy with much else; one that cannot start says so at once. */
const START_MS = 60_000;
const DRAIN_MS = 10_000;
const BACKOFF_MS = { first: 200, most: 10_000 } as const;

/** The broker that this server uses: the given one, or a child that is started again whenever it ends. */
export async function openBrokerFor(config: BrokerConfig, log: Log, resources: Opened): Promise<ConnectedBroker> {
  if (config.kind === "given") {
    const broker = connectBroker(config.socket);
    resources.add("the broker's connection", async () => broker.close());
    await broker.identity();
    return broker;
  }
  const socket = socketIn(config.directory);
  resources.add("the broker", await keepBroker({ directory: config.directory, origin: config.origin, socket }, log));
  const broker = connectBroker(socket);
  resources.add("the broker's connection", async () => broker.close());
  return broker;
}

/** Beside its files, or where a short path is when theirs is too long for a socket. */
export function socketIn(directory: string): string {
  const beside = join(directory, "broker.sock");
  if (Buffer.byteLength(beside) <= LONGEST_SOCKET) return beside;
  const folder = join(tmpdir(), `countersign-${createHash("sha256").update(directory).digest("hex").slice(0, 16)}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return join(folder, "broker.sock");
}

interface OwnBroker {
  readonly directory: string;
  readonly origin: string | null;
  readonly socket: string;
}

/** Resolves when the first one is ready; the answer stops it for good. */
async function keepBroker(own: OwnBroker, log: Log): Promise<() => Promise<void>> {
  let stopping = false;
  let backoffMs: number = BACKOFF_MS.first;
  let child = launch(own);
  let timer: NodeJS.Timeout | null = null;
  const watch = (): void => {
    child.once("message", () => {
      backoffMs = BACKOFF_MS.first;
    });
    child.once("exit", (code, signal) => {
      if (stopping) return;
      log.error({ code, signal, againInMs: backoffMs }, "the broker ended: epochs wait until it is back");
      timer = setTimeout(() => {
        child = launch(own);
        watch();
      }, backoffMs);
      backoffMs = Math.min(backoffMs * 2, BACKOFF_MS.most);
    });
  };
  await ready(child);
  watch();
  return async () => {
    stopping = true;
    if (timer !== null) clearTimeout(timer);
    await ended(child);
  };
}

/** INVARIANT: the broker gets its own settings and nothing else of this process's environment. */
function launch(own: OwnBroker): ChildProcess {
  const env = {
    BROKER_DIR: own.directory,
    BROKER_SOCKET: own.socket,
    LOG_LEVEL: "warn" as const,
    ...(own.origin === null ? {} : { AUDIT_ORIGIN: own.origin }),
  };
  return startProgram(
    { program: process.execPath, args: [MAIN, "broker"], env },
    { stdio: ["ignore", "ignore", "inherit", "ipc"] },
  );
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const lost = (): void =>
      reject(new Fault("broker_unavailable", "The broker did not start; what it said stands above."));
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(
        new Fault("broker_unavailable", `The broker did not start within ${START_MS / 1000} seconds. Start again.`),
      );
    }, START_MS);
    child.once("message", () => {
      clearTimeout(timer);
      child.off("exit", lost);
      resolve();
    });
    child.once("exit", () => {
      clearTimeout(timer);
      lost();
    });
    child.once("error", lost);
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const kill = setTimeout(() => child.kill("SIGKILL"), DRAIN_MS);
    child.once("exit", () => {
      clearTimeout(kill);
      resolve();
    });
    if (child.connected) child.disconnect();
    else child.kill("SIGTERM");
  });
}
