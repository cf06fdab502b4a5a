// Stops when the log cannot be written. They only ever take power away, so they are allowed then; they go to a file on
// another disk's terms than the database's, and into the log as soon as it is back. Everything else is refused meanwhile.

import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Fault, instantOfMillis, iso, type EntryId, type Instant, type Json, type TenantId } from "#kernel";
import { spoolContext, type Kms } from "#keys";
import type { Database } from "#platform/postgres";
import { canonicalBytes } from "#verifier";
import type { NewEntry, StopKind } from "../types.ts";
import type { Append } from "./audit.ts";
import { newEntryId } from "./entry-id.ts";
import { appendLine, readLines, type SpoolLine } from "./spool-file.ts";

/** INVARIANT, by type: what is no stop cannot be spooled. An act that gives power needs the log itself. */
export type Stop = Omit<NewEntry, "kind" | "id" | "personal" | "action" | "policyVersion" | "trace"> & {
  readonly kind: StopKind;
};

export interface Drained {
  /** Entered, now or before. */
  readonly entered: number;
  /** Of tenants that take no entries now: kept for later. */
  readonly kept: number;
  /** Lines that somebody has changed. Their file is kept beside the others. */
  readonly damaged: number;
}

export interface StopLog {
  /** Entered in the log or, when that fails for whatever reason, on the disk: either way before it resolves. */
  record(tenant: TenantId, stop: Stop): Promise<{ readonly kind: "entered" | "spooled"; readonly id: EntryId }>;
  /** To the file without asking the database, for who knows already that it is away. */
  spoolStop(tenant: TenantId, stop: Stop): Promise<EntryId>;
  /**
   * Into the log, oldest first. Again: nothing is entered twice. Rejects when the log is still away; and when it took all but some,
   * whose tenants' keys are shut for example, with the first of these: they are tried again.
   */
  drain(): Promise<Drained>;
}

export interface StopLogParts {
  /** Belongs to this user alone. */
  readonly directory: string;
  readonly kms: Pick<Kms, "wrap" | "unwrap">;
  readonly database: Pick<Database, "claimFor" | "withTenant">;
  readonly append: Append;
  /** In milliseconds. */
  readonly clock: () => number;
}

export function createStopLog(parts: StopLogParts): StopLog {
  const { directory, kms, database, append, clock } = parts;
  // A file of this process alone: two writers would each continue the other's chain.
  let path = newFile(directory);
  let last: string | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  /** One at a time: each line holds the hash of the one before. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work, work);
    turn = mine.catch(() => {});
    return mine;
  }

  async function write(tenant: TenantId, id: EntryId, at: Instant, stop: Stop): Promise<void> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const { body, intent, ...said } = stop;
    // The key store may be away with the database, and a stop waits for neither.
    const sealed = await kms.wrap(tenant, canonicalBytes(body), spoolContext(tenant, id)).catch(() => null);
    const line = {
      ...said,
      ...(intent === undefined ? {} : { intent }),
      tenant,
      id,
      at: iso(at),
      sealed: sealed === null ? null : Buffer.from(sealed).toString("base64"),
    };
    last = await appended(line);
    // Another process drains the file. Written again, it is the same entry: its id says so.
    for (let tries = 0; last === null && tries < 3; tries += 1) {
      path = newFile(directory);
      last = await appendLine(path, null, line);
    }
    if (last === null) throw new Fault("invariant_broken", `The spool in ${directory} takes no lines.`);
  }

  /** INVARIANT: what failed may have left half a line on a full disk. Nothing is ever written behind it: it would be read as one line with it. */
  async function appended(line: Parameters<typeof appendLine>[2]): Promise<string | null> {
    try {
      return await appendLine(path, last, line);
    } catch (error) {
      path = newFile(directory);
      last = null;
      throw error;
    }
  }

  async function spooled(tenant: TenantId, id: EntryId, at: Instant, stop: Stop): Promise<EntryId> {
    await inTurn(() => write(tenant, id, at, stop));
    return id;
  }

  /** False: the tenant takes no entries now. */
  async function enter(line: SpoolLine): Promise<boolean> {
    const claim = await database.claimFor(line.tenant);
    if (claim === null) return false;
    const { kind, outcome, observer, initiator, target, requestId, intent } = line;
    const said = { kind, outcome, observer, initiator, target, requestId, ...(intent === undefined ? {} : { intent }) };
    const entry = entryOf(line.id, line.at, { ...said, body: await bodyOf(line) });
    try {
      await database.withTenant(claim, (tx) => append(tx, entry));
    } catch (error) {
      // It is there, written before its acknowledgement was lost, while the key store was away: what is there says more.
      if (line.sealed !== null || !(error instanceof Fault) || error.code !== "invariant_broken") throw error;
    }
    return true;
  }

  async function bodyOf(line: SpoolLine): Promise<Json> {
    if (line.sealed === null) return { lost: "the key store did not answer when this was spooled" };
    const opened = await kms.unwrap(
      line.tenant,
      Buffer.from(line.sealed, "base64"),
      spoolContext(line.tenant, line.id),
    );
    return opened.kind === "key"
      ? z.json().parse(JSON.parse(Buffer.from(opened.bytes).toString("utf8")))
      : { lost: `its body does not open: ${opened.kind}` };
  }

  async function drainFile(name: string, refused: Fault[]): Promise<Drained> {
    const taken = join(directory, name.replace(/\.jsonl$/, ".draining"));
    if (name.endsWith(".jsonl")) await rename(join(directory, name), taken);
    const { lines, damaged } = readLines(await readFile(taken, "utf8"));
    let entered = 0;
    for (const line of lines)
      try {
        if (await enter(line)) entered += 1;
      } catch (error) {
        // INVARIANT: one tenant's trouble, a key store that is shut for example, keeps no other tenant's stop out of the log.
        if (!(error instanceof Fault) || error.code === "database_unavailable") throw error;
        refused.push(
          new Fault(error.code, `${taken} holds a stop that was not entered: ${error.message}`, { cause: error }),
        );
      }
    const kept = lines.length - entered;
    if (kept === 0) await (damaged > 0 ? rename(taken, taken.replace(/\.draining$/, ".damaged")) : unlink(taken));
    return { entered, kept, damaged };
  }

  return {
    async record(tenant, stop) {
      const at = instantOfMillis(clock());
      // By our own clock: the database's may be away.
      const id = newEntryId(at);
      try {
        const claim = await database.claimFor(tenant);
        if (claim !== null) {
          await database.withTenant(claim, (tx) => append(tx, entryOf(id, at, stop)));
          return { kind: "entered", id };
        }
      } catch {
        // Whatever it was, the stop stands. The same id: if it is in the log after all, draining finds it there.
      }
      return { kind: "spooled", id: await spooled(tenant, id, at, stop) };
    },
    spoolStop(tenant, stop) {
      const at = instantOfMillis(clock());
      return spooled(tenant, newEntryId(at), at, stop);
    },
    drain: () =>
      inTurn(async () => {
        let sum: Drained = { entered: 0, kept: 0, damaged: 0 };
        const refused: Fault[] = [];
        for (const name of await filesIn(directory)) {
          const one = await drainFile(name, refused);
          sum = {
            entered: sum.entered + one.entered,
            kept: sum.kept + one.kept,
            damaged: sum.damaged + one.damaged,
          };
        }
        path = newFile(directory);
        last = null;
        const [first] = refused;
        if (first !== undefined) throw first;
        return sum;
      }),
  };
}

const newFile = (directory: string): string => join(directory, `stops-${randomUUID()}.jsonl`);

/** Those that were taken before come first: they are older. */
async function filesIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch((): readonly string[] => []);
  return names.filter((name) => /^stops-.*\.(?:jsonl|draining)$/.test(name)).toSorted();
}

/** The same content whether it went straight into the log or by way of the spool. Its id has the time when it happened. */
function entryOf(id: EntryId, at: Instant, stop: Stop): NewEntry {
  return { ...stop, id, body: { at: iso(at), stop: stop.body } };
}
