// What the demo's audit page shows and does: the log of the running supervisor, verified as an auditor would, also as a copy that
// somebody has tampered with.

import { rmSync } from "node:fs";
import { resolve } from "node:path";
import {
  databaseSource,
  isWitnessed,
  openWitness,
  publishedCheckpoint,
  readCheckpoint,
  readReceipt,
  receiptOf,
  sha256,
  witnessRoutes,
  type Audit,
  type Broker,
} from "#audit/io";
import { tampered, TAMPERINGS, type LogView, type TamperingId, type Verification } from "#demo";
import { Fault, tenantId } from "#kernel";
import type { AuditConfig, BrokerConfig } from "#platform/config";
import { createHttpApp, listen } from "#platform/http";
import type { Log } from "#platform/log";
import { createRoleDatabase, type Database, type TenantClaim } from "#platform/postgres";
import {
  NOTHING_PINNED,
  parseCheckpoint,
  parseNote,
  parsePolicy,
  parseVkey,
  verify,
  type Checkpoint,
  type Finding,
  type LogSource,
  type Pinned,
  type Receipt,
} from "#verifier";
import type { OpenDatabase } from "./database.ts";
import type { Opened } from "./lifecycle.ts";

const LOOPBACK = "127.0.0.1";
const WITNESS = "witness.demo";
const SHOWN = 12;
/** What an auditor would have kept from check runs and comments. */
const KEPT = 5;
const EPOCHS = { kind: "epochs" } as const;

/** A witness of the demo's own, as anybody could run one elsewhere, as new as the demo's log. */
export async function startDemoWitness(
  directory: string,
  { broker, config }: { readonly broker: Pick<Broker, "identity">; readonly config: BrokerConfig },
  log: Log,
  resources: Opened,
): Promise<AuditConfig> {
  const { vkey } = await broker.identity();
  const own = resolve(directory, "witness");
  rmSync(own, { recursive: true, force: true });
  const witness = openWitness({ directory: own, name: WITNESS, logs: [vkey] }, Date.now);
  resources.add("the demo's witness", async () => witness.close());
  const http = createHttpApp({ log, notReady: async () => null });
  http.route(
    "/",
    witnessRoutes(witness.keeper, witness.origins, () => {}),
  );
  const at = await listen(http, { host: LOOPBACK, port: 0 });
  resources.add("the demo's witness, listening", at.stop);
  const policy = parsePolicy(
    sha256,
    `log ${vkey}\nwitness demo ${witness.vkey} http://${LOOPBACK}:${at.port}\nquorum demo\n`,
  );
  if (policy.kind === "malformed") throw new Fault("invariant_broken", `The demo's policy is malformed: ${policy.why}`);
  return { broker: config, policy, anchorGit: null, anchorDirectory: null, timestamps: null };
}

export interface DemoLogParts {
  readonly open: OpenDatabase;
  readonly database: Database;
  readonly audit: Audit;
  readonly broker: Pick<Broker, "identity">;
  /** By prefix of the tenant. */
  readonly claims: ReadonlyMap<string, TenantClaim>;
  readonly resources: Opened;
}

export interface DemoLog {
  readonly log: () => Promise<LogView>;
  readonly verify: (how: "log" | TamperingId) => Promise<Verification | null>;
}

export function openDemoLog(parts: DemoLogParts): DemoLog {
  const { database, audit, claims } = parts;
  if (parts.open.auditorUrl === null) throw new Fault("invariant_broken", "The demo's database has no auditor.");
  const auditor = createRoleDatabase({ url: parts.open.auditorUrl, role: "auditor", maxConnections: 2 });
  parts.resources.add("the auditor's connections", () => auditor.close());

  const older =
    (epoch: number) => (log: { readonly kind: "epochs" } | { readonly kind: "tenant"; readonly id: string }) =>
      auditor.transaction(async (tx) => (await readCheckpoint(tx, named(log), epoch))?.note ?? null);

  return {
    async log() {
      const tenants = await Promise.all(
        [...claims].map(async ([prefix, claim]) => ({
          prefix,
          entries: await database.withTenant(claim, async (tx) => {
            const entries = [];
            for (const { id, at, kind, outcome } of await audit.recent(tx, { limit: SHOWN }))
              entries.push({
                at,
                kind,
                outcome,
                index: (await receiptOf(tx, id, isWitnessed))?.index ?? null,
                receipt: await readReceipt(tx, id, null),
              });
            return entries;
          }),
        })),
      );
      return { tenants, checkpoint: await auditor.transaction(publishedCheckpoint), witness: WITNESS };
    },

    async verify(how) {
      const key = parseVkey(sha256, (await parts.broker.identity()).vkey);
      const [claim] = claims.values();
      const head = await auditor.transaction((tx) => readCheckpoint(tx, EPOCHS));
      if (head === null || claim === undefined) return null;
      const own = await auditor.transaction((tx) => readCheckpoint(tx, { kind: "tenant", tenantId: claim.tenantId }));
      if (own === null) return null;
      const pinned: Pinned = {
        ...NOTHING_PINNED,
        key,
        checkpoints: [checkpointOf(head.note)],
        receipts: await receiptsBelow(own.size, claim),
      };
      const place = { tenant: claim.tenantId, index: Math.floor(own.size / 2) };
      // A source remembers what it has read, and the log grows: each run has its own.
      const source = databaseSource({ database: auditor, bodies: true });
      const copy: LogSource = how === "log" ? source : tampered(source, how, place, older(Math.max(0, head.epoch - 2)));
      return run(copy, pinned, how);
    },
  };

  function receiptsBelow(size: number, claim: TenantClaim): Promise<readonly Receipt[]> {
    return database.withTenant(claim, async (tx) => {
      const kept: Receipt[] = [];
      for (const { id } of await audit.recent(tx, { limit: SHOWN * KEPT })) {
        const receipt = await receiptOf(tx, id, isWitnessed);
        if (receipt === null || receipt.index === null || receipt.index >= size) continue;
        kept.push({ tenant: claim.tenantId, leaf: receipt.leafHash, index: receipt.index, entry: id });
        if (kept.length === KEPT) break;
      }
      return kept;
    });
  }
}

function named(
  log: { readonly kind: "epochs" } | { readonly kind: "tenant"; readonly id: string },
): Parameters<typeof readCheckpoint>[1] {
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
