// What an auditor holds on to between two runs. It is kept by the auditor, never asked from the log.

import { fromHex, hex } from "./bytes.ts";
import { canonical } from "./canonical.ts";
import type { Hash } from "./merkle.ts";
import { canonicalValue, isCount, isHashText, isText, isUuid, members } from "./shape.ts";

export interface HeldHead {
  readonly size: number;
  readonly root: Hash;
}
export interface OpenIntent {
  readonly id: string;
  readonly index: number;
  /** Milliseconds. */
  readonly ts: number;
}
export interface HeldLog extends HeldHead {
  readonly chain: Hash;
  readonly slot: number;
  readonly incarnation: number;
  /** Intents that no outcome had closed yet. */
  readonly open: readonly OpenIntent[];
}
export interface Held {
  /** Of the epoch log. */
  readonly origin: string;
  /** The key that the auditor named. */
  readonly key: string;
  /** The key that signs now: reached from `key` by rotations that have been checked. */
  readonly signer: string;
  readonly epochs: HeldHead & {
    /** Of the last epoch, milliseconds. */ readonly time: number;
    readonly expected: string;
  };
  /** By tenant. */
  readonly logs: ReadonlyMap<string, HeldLog>;
}

export function formatHeld(held: Held): string {
  const { epochs } = held;
  const logs: Record<string, object> = {};
  for (const [id, log] of held.logs)
    logs[id] = {
      size: log.size,
      root: hex(log.root),
      chain: hex(log.chain),
      slot: log.slot,
      incarnation: log.incarnation,
      open: log.open.map((intent) => ({ id: intent.id, index: intent.index, ts: intent.ts })),
    };
  return canonical({
    v: 1,
    origin: held.origin,
    key: held.key,
    signer: held.signer,
    epochs: { size: epochs.size, root: hex(epochs.root), time: epochs.time, expected: epochs.expected },
    logs,
  });
}

/** null when the text is not exactly what `formatHeld` wrote. */
export function parseHeld(text: string): Held | null {
  const value = members(canonicalValue(new TextEncoder().encode(text)), [
    "v", "origin", "key", "signer", "epochs", "logs",
  ]); // prettier-ignore
  const at = members(value?.["epochs"], ["size", "root", "time", "expected"]);
  const listed = value?.["logs"];
  if (value === null || at === null || typeof listed !== "object" || listed === null) return null;
  const { v, origin, key, signer } = value;
  const { size, time, expected } = at;
  const root = hash(at["root"]);
  if (v !== 1 || !isText(origin) || !isText(key) || !isText(signer)) return null;
  if (!isCount(size) || root === null || !isCount(time) || !isText(expected)) return null;
  const logs = new Map<string, HeldLog>();
  for (const [id, each] of Object.entries(listed)) {
    const log = heldLog(each);
    if (!isUuid(id) || log === null) return null;
    logs.set(id, log);
  }
  return { origin, key, signer, epochs: { size, root, time, expected }, logs };
}

function heldLog(value: unknown): HeldLog | null {
  const log = members(value, ["size", "root", "chain", "slot", "incarnation", "open"]);
  if (log === null || !Array.isArray(log["open"])) return null;
  const { size, slot, incarnation } = log;
  const [root, chain] = [hash(log["root"]), hash(log["chain"])];
  const open = log["open"].map(openIntent).filter((intent) => intent !== null);
  if (!isCount(size) || !isCount(slot) || !isCount(incarnation) || root === null || chain === null) return null;
  return open.length === log["open"].length ? { size, root, chain, slot, incarnation, open } : null;
}

function openIntent(value: unknown): OpenIntent | null {
  const intent = members(value, ["id", "index", "ts"]);
  if (intent === null || !isUuid(intent["id"]) || !isCount(intent["index"]) || !isCount(intent["ts"])) return null;
  return { id: intent["id"], index: intent["index"], ts: intent["ts"] };
}

const hash = (value: unknown): Hash | null => (isHashText(value) ? fromHex(value) : null);
