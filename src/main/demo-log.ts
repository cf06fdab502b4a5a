// What the demo's audit page shows and does: the log of the running supervisor, verified as an auditor would, also as a copy that
// somebody has tampered with.

import {
  databaseSource,
  isWitnessed,
  publishedCheckpoint,
  readCheckpoint,
  readReceipt,
  receiptOf,
  sha256,
  type Audit,
  type Broker,
} from "#audit/io";
import { tampered, TAMPERINGS, type LogView, type OlderNote, type TamperingId, type Verification } from "#demo";
import { Fault, tenantId, type TenantId } from "#kernel";
import { createRoleDatabase, type Database } from "#platform/postgres";
import {
  NOTHING_PINNED,
  parseCheckpoint,
  parseNote,
  parseVkey,
  verify,
  type Checkpoint,
  type Finding,
  type Log,
  type LogSource,
  type Pinned,
  type Receipt,
} from "#verifier";
import { inTenant } from "./claims.ts";
import type { OpenDatabase } from "./database.ts";
import { DEMO_WITNESS } from "./demo-witness.ts";
import type { Opened } from "./lifecycle.ts";

const SHOWN = 12;
const LOOKED_AT = 200;
/** What an auditor would have kept from check runs and comments. */
const KEPT = 5;
/** Epochs. */
const OLDER = 2;
const EPOCHS = { kind: "epochs" } as const;

export interface DemoLogParts {
  readonly open: OpenDatabase;
  readonly database: Database;
  readonly audit: Audit;
  readonly broker: Pick<Broker, "identity">;
  readonly policy: string;
  /** By prefix of the tenant. */
  readonly tenants: ReadonlyMap<string, TenantId>;
  readonly resources: Opened;
}

export interface DemoLog {
  readonly log: () => Promise<LogView>;
  readonly verify: (how: "log" | TamperingId) => Promise<Verification | null>;
}

export function openDemoLog(parts: DemoLogParts): DemoLog {
  const { database, audit } = parts;
  if (parts.open.auditorUrl === null) throw new Fault("invariant_broken", "The demo's database has no auditor.");
  const auditor = createRoleDatabase({ url: parts.open.auditorUrl, role: "auditor", maxConnections: 2 });
  parts.resources.add("the auditor's connections", () => auditor.close());

  const older =
    (epoch: number): OlderNote =>
    (log) =>
      auditor.transaction(async (tx) => (await readCheckpoint(tx, named(log), epoch))?.note ?? null);

  return {
    async log() {
      const tenants = await Promise.all(
        [...parts.tenants].map(async ([prefix, tenant]) => ({
          prefix,
          entries: await inTenant(
            database,
            tenant,
            async (tx) => {
              const entries = [];
              for (const { id, at, kind, outcome, alike } of runsOf(
                await audit.recent(tx, { limit: LOOKED_AT }),
                SHOWN,
              ))
                entries.push({
                  at,
                  kind,
                  outcome,
                  alike,
                  index: (await receiptOf(tx, id, isWitnessed))?.index ?? null,
                  receipt: await readReceipt(tx, id, null),
                });
              return entries.toSorted((a, b) => placeOf(b) - placeOf(a));
            },
            [],
          ),
        })),
      );
      const { vkey } = await parts.broker.identity();
      const checkpoint = await auditor.transaction(publishedCheckpoint);
      return { tenants, checkpoint, witness: DEMO_WITNESS, vkey, policy: parts.policy };
    },

    async verify(how) {
      const key = parseVkey(sha256, (await parts.broker.identity()).vkey);
      const [tenant] = parts.tenants.values();
      const head = await auditor.transaction((tx) => readCheckpoint(tx, EPOCHS));
      // Two epochs back is where the older log comes from.
      if (head === null || head.epoch < OLDER || tenant === undefined) return null;
      const own = await auditor.transaction((tx) => readCheckpoint(tx, { kind: "tenant", tenantId: tenant }));
      if (own === null) return null;
      const pinned: Pinned = {
        ...NOTHING_PINNED,
        key,
        checkpoints: [checkpointOf(head.note)],
        receipts: await receiptsBelow(own.size, tenant),
      };
      const place = { tenant, index: Math.floor(own.size / 2) };
      // A source remembers what it has read, and the log grows: each run has its own.
      const source = databaseSource({ database: auditor, bodies: true });
      const copy: LogSource = how === "log" ? source : tampered(source, how, place, older(head.epoch - OLDER));
      return run(copy, pinned, how);
    },
  };

  function receiptsBelow(size: number, tenant: TenantId): Promise<readonly Receipt[]> {
    return inTenant(
      database,
      tenant,
      async (tx) => {
        const kept: Receipt[] = [];
        for (const { id } of await audit.recent(tx, { limit: SHOWN * KEPT })) {
          const receipt = await receiptOf(tx, id, isWitnessed);
          if (receipt === null || receipt.index === null || receipt.index >= size) continue;
          kept.push({ tenant, leaf: receipt.leafHash, index: receipt.index, entry: id });
          if (kept.length === KEPT) break;
        }
        return kept;
      },
      [],
    );
  }
}

interface Told {
  readonly kind: string;
  readonly outcome: string;
}

/** The demo asks again about what it could not decide every few seconds: as many rows would hide all others. */
function runsOf<T extends Told>(newestFirst: readonly T[], most: number): readonly (T & { readonly alike: number })[] {
  const runs: (T & { readonly alike: number })[] = [];
  for (const entry of newestFirst) {
    const last = runs.at(-1);
    if (last?.kind === entry.kind && last.outcome === entry.outcome)
      runs[runs.length - 1] = { ...last, alike: last.alike + 1 };
    else if (runs.length < most) runs.push({ ...entry, alike: 0 });
    else break;
  }
  return runs;
}

/** Without a place yet: newer than all that have one. */
const placeOf = ({ index }: { readonly index: number | null }): number => index ?? Number.MAX_SAFE_INTEGER;

function named(log: Log): Parameters<typeof readCheckpoint>[1] {
  if (log.kind === "epochs") return EPOCHS;
  const id = tenantId(log.id);
  if (id === null) throw new Fault("invariant_broken", "A tenant's log has no tenant's id.");
  return { kind: "tenant", tenantId: id };
}

function checkpointOf(text: string): Checkpoint {
  const note = parseNote(text);
  const checkpoint = note.kind === "note" ? parseCheckpoint(note.body) : note;
  if (checkpoint.kind === "malformed")
    throw new Fault("invariant_broken", `A checkpoint is malformed: ${checkpoint.why}`);
  return { origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root };
}

const QUESTIONS = {
  signature: "Signed by the log's key",
  append_only: "Append-only since what you hold",
  tree: "The tree is the entries",
  bodies: "The bodies are what was committed",
  completeness: "Nothing is left open or out of order",
} as const;
const NAMED = 5;

async function run(source: LogSource, pinned: Pinned, how: "log" | TamperingId): Promise<Verification> {
  const began = performance.now();
  const report = await verify(source, pinned, {
    tenants: null,
    bodies: true,
    full: true,
    sha256,
    subtle: crypto.subtle,
    now: Date.now(),
  });
  const label = TAMPERINGS.find(({ id }) => id === how)?.label;
  return {
    of: label === undefined ? "This log" : `A copy of this log (${label.toLowerCase()})`,
    state: report.state,
    answers: report.verdicts.map((verdict) => ({
      question: QUESTIONS[verdict.question],
      state: verdict.state,
      says: verdict.says,
      findings: verdict.findings.slice(0, NAMED).map(placed),
    })),
    notProven: report.notProven,
    ms: Math.round(performance.now() - began),
  };
}

const placed = ({ log, at, what }: Finding): string => `${[log, at].filter((each) => each !== "").join(", ")}: ${what}`;
