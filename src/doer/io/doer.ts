// One packet, from whatever way it came: verified, consumed, executed, told. Any number of doers do this at once.

import { PLATFORM_LOG, type TenantId } from "#kernel";
import { readPacket, TOOL_DECLARATIONS, type DoerOutcome, type Packet } from "#gateway";
import { openPacket } from "#gateway/io";
import { isMoved, keptClaims, type Database, type TenantTx } from "#platform/postgres";
import { decide, type Rejection, type Ruling } from "../decide.ts";
import { LOST, lostEntry, outcomeEntry } from "../entries.ts";
import type { ToolWork } from "../work.ts";
import { execute, resultOf, runOf, type ExecuteParts } from "./execute.ts";
import { gather, type FactParts } from "./facts.ts";
import {
  abandoned,
  consume,
  finish,
  intentOfCall,
  reject,
  stillAlive,
  wasConsumed,
  type RecordParts,
} from "./record.ts";

/** Where a test lets the process die. */
export type Step = "verified" | "consumed" | "executed" | "told";

export interface DoerParts extends ExecuteParts, RecordParts, Omit<FactParts, "able"> {
  readonly database: Database;
  readonly tools: Readonly<Partial<Record<Packet["tool"], ToolWork>>>;
  /** Calls within a second of a kill that covers the packet; gives what unsubscribes. */
  readonly onKill: (packet: Packet, fn: (why: string) => void) => () => void;
  readonly crash?: (step: Step) => Promise<void>;
}

export interface Arrived {
  readonly tenant: TenantId;
  readonly sealed: Uint8Array;
  /** What of the way has to go when the packet is dealt with, as the queue's row; in the same commit. */
  readonly settle?: (tx: TenantTx) => Promise<void>;
  /** After that commit and before anything is executed: a way that is no part of it lets go of the packet here. */
  readonly taken?: () => void;
  /** What came of it, sealed as its row has it, after the commit of that row and of the log's entry. */
  readonly told?: (sealed: Uint8Array) => void;
}

export type Handled = "executed" | "refused" | "not believed" | "inactive";

export interface Doer {
  handle(arrived: Arrived): Promise<Handled>;
  /** Ends what doers that died have left. Gives how many. */
  sweep(): Promise<number>;
  /** Takes nothing more; what is under way has its time. */
  close(graceMs: number): Promise<void>;
}

const BEAT_MS = 4_000;
/** After so long without a beat that was heard, somebody else may end it: we have to have ended before. */
const LOST_MS = 12_000;

type Verified =
  | { readonly kind: "execute"; readonly packet: Packet; readonly work: ToolWork }
  | { readonly kind: "ended"; readonly handled: Handled };

export function createDoer(parts: DoerParts): Doer {
  const { database, tools, onFault } = parts;
  const under = new Map<string, { readonly stop: AbortController; readonly ended: Promise<unknown> }>();
  const facts: FactParts = { ...parts, able: (tool) => tools[tool] !== undefined };

  const inTenant = keptClaims(database);

  /** INVARIANT: facts, decision and nonce are one commit: nothing that was asked about changes in between. */
  async function verify(tx: TenantTx, { sealed, settle }: Arrived, seen: { packet: Packet | null }): Promise<Verified> {
    await settle?.(tx);
    const rejected = async (because: Rejection, packet: Packet | null): Promise<Verified> => {
      await reject(parts, tx, because, packet);
      return { kind: "ended", handled: "not believed" };
    };
    const signed = await openPacket(parts.keys, tx, sealed);
    if (signed === null) return rejected("envelope", null);
    const read = readPacket(signed.bytes);
    if (read.kind === "unreadable") return rejected("unreadable", null);
    const { packet } = read;
    // Another tenant's packet under this one's claim: nothing of it belongs into this log but that it was there.
    if (packet.tenant !== tx.tenantId) return rejected("tenant", null);
    const ruling = decide(await gather(facts, tx, signed, packet));
    await parts.crash?.("verified");
    if (ruling.kind === "not believed") return rejected(ruling.because, packet);
    const work = tools[packet.tool];
    const executed = ruling.kind === "execute" && work !== undefined;
    // INVARIANT 13: durable before anything is done in the world. What only reads is durable with its outcome, before anybody is answered.
    consume(parts, tx, packet, !executed || TOOL_DECLARATIONS[packet.tool].effect === "write");
    seen.packet = packet;
    if (executed) return { kind: "execute", packet, work };
    if (ruling.kind === "refused") await refuse(tx, packet, ruling);
    return { kind: "ended", handled: "refused" };
  }

  /** null: the client is not active. */
  async function verified(arrived: Arrived): Promise<Verified | null> {
    const seen: { packet: Packet | null } = { packet: null };
    try {
      return await inTenant(arrived.tenant, (tx) => verify(tx, arrived, seen));
    } catch (error) {
      if (!wasConsumed(error)) throw error;
    }
    return inTenant(arrived.tenant, async (tx): Promise<Verified> => {
      await arrived.settle?.(tx);
      await reject(parts, tx, "replayed", seen.packet);
      return { kind: "ended", handled: "not believed" };
    });
  }

  async function refuse(tx: TenantTx, packet: Packet, ruling: Extract<Ruling, { kind: "refused" }>): Promise<void> {
    if (ruling.because !== null) await reject(parts, tx, ruling.because, packet);
    const { why, next, stopped } = ruling;
    const outcome: DoerOutcome = stopped ? { kind: "killed", why } : { kind: "refused", why, next };
    await finish(parts, tx, packet.call, {
      outcome,
      entry: outcomeEntry(packet, outcome, { doer: parts.doer, wallMs: 0, result: null }),
    });
  }

  async function run(packet: Packet, work: ToolWork): Promise<Uint8Array | null> {
    const stop = new AbortController();
    const begun = parts.monotonicMs();
    const { promise: ended, resolve: hasEnded } = Promise.withResolvers<null>();
    under.set(packet.call, { stop, ended });
    const unsubscribe = parts.onKill(packet, (why) => stop.abort(why));
    // It may have been thrown between the decision and the subscription.
    const killed = parts.killed(packet);
    if (killed !== null) stop.abort(killed);
    const beat = keepAlive(packet, stop);
    try {
      const outcome = await execute(parts, packet, work, stop.signal);
      await parts.crash?.("executed");
      const wallMs = Math.max(0, Math.round(parts.monotonicMs() - begun));
      const entry = outcomeEntry(packet, outcome, { doer: parts.doer, wallMs, result: resultOf(outcome) });
      const kept = await written(packet.tenant, (tx) => finish(parts, tx, packet.call, { outcome, entry }));
      await parts.crash?.("told");
      return kept;
    } finally {
      clearInterval(beat);
      unsubscribe();
      under.delete(packet.call);
      hasEnded(null);
    }
  }

  /** null: somebody else has ended it, or the client is not active. */
  async function written(tenant: TenantId, work: (tx: TenantTx) => Promise<Uint8Array>): Promise<Uint8Array | null> {
    try {
      return await inTenant(tenant, work);
    } catch (error) {
      if (isMoved(error)) return null;
      throw error;
    }
  }

  function keepAlive(packet: Packet, stop: AbortController): NodeJS.Timeout {
    let heard = parts.monotonicMs();
    return setInterval(() => {
      // INVARIANT 13: who may be taken for dead has stopped before: two never end the same call.
      if (parts.monotonicMs() - heard > LOST_MS) stop.abort("The doer lost its database, and ended what it was at.");
      const asked = parts.monotonicMs();
      void inTenant(packet.tenant, (tx) => stillAlive(parts, tx, packet.call)).then((alive) => {
        if (alive === true) heard = asked;
        else stop.abort("The client is not active any more, or the doer was taken for dead.");
      }, onFault);
    }, BEAT_MS);
  }

  async function lost(tenant: TenantId, call: Packet["call"]): Promise<boolean> {
    await parts.leases.revokeAll({ tenant, run: runOf({ call }) }).catch(onFault);
    const kept = await written(tenant, async (tx) => {
      const entry = lostEntry(tenant, call, await intentOfCall(tx, call));
      return finish(parts, tx, call, { outcome: LOST, entry });
    });
    return kept !== null;
  }

  return {
    async handle(arrived) {
      if (arrived.tenant === PLATFORM_LOG) return "inactive";
      const found = await verified(arrived);
      arrived.taken?.();
      if (found === null) return "inactive";
      if (found.kind === "ended") return found.handled;
      await parts.crash?.("consumed");
      const kept = await run(found.packet, found.work);
      if (kept !== null) arrived.told?.(kept);
      return "executed";
    },
    async sweep() {
      let ended = 0;
      for (const { tenant, call } of await abandoned(database)) if (await lost(tenant, call)) ended += 1;
      return ended;
    },
    async close(graceMs) {
      const all = [...under.values()];
      const late = setTimeout(() => {
        for (const { stop } of all) stop.abort("The doer was asked to end.");
      }, graceMs);
      await Promise.all(all.map(({ ended }) => ended));
      clearTimeout(late);
    },
  };
}
