// What the doer made of a call, by whatever way the packet went: the row that it has left, and nothing else.

import { setTimeout as pause } from "node:timers/promises";
import sql from "sql-template-tag";
import { z } from "zod";
import { callId, type CallId, type TenantId } from "#kernel";
import { openColumn, openColumnAtOnce, type Keys, type OpenedColumn } from "#keys/io";
import { branded, listenOn, type InTenant, type TenantTx } from "#platform/postgres";
import type { DoerOutcome, Packet } from "../../packet.ts";
import { together } from "./looks.ts";

export const OUTCOME_CHANNEL = "countersign_outcome";
/** Where nothing is heard, as behind a pooler. */
const LOOK_MS = 250;

export const outcomePlace = (call: CallId) => ({ column: "doer.execution.sealed", row: call }) as const;

export const outcomeShape: z.ZodType<DoerOutcome> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("done"), result: z.json(), summary: z.string() }),
  z.strictObject({ kind: z.literal("refused"), why: z.string(), next: z.string() }),
  z.strictObject({ kind: z.literal("failed"), why: z.string() }),
  z.strictObject({ kind: z.literal("unknown"), why: z.string(), next: z.string() }),
  z.strictObject({ kind: z.literal("killed"), why: z.string() }),
]);

const row = z.object({ call_id: branded(z.string(), callId), sealed: z.instanceof(Uint8Array) });

/** Of those that have one. */
async function readOutcomes(
  keys: Keys,
  tx: TenantTx,
  calls: readonly CallId[],
): Promise<ReadonlyMap<CallId, DoerOutcome>> {
  const found = await tx.many(
    sql`select call_id, sealed from doer.execution
      where tenant_id = ${tx.tenantId} and call_id = any(${calls}::uuid[]) and kind is not null`,
    row,
  );
  const opened = found.map(
    async ({ call_id: call, sealed }) =>
      [call, outcomeOf(await openColumn(keys, tx, outcomePlace(call), sealed))] as const,
  );
  return new Map(await Promise.all(opened));
}

/** null: there is none yet. */
export const readOutcome = async (keys: Keys, tx: TenantTx, call: CallId): Promise<DoerOutcome | null> =>
  (await readOutcomes(keys, tx, [call])).get(call) ?? null;

const outcomeOf = (opened: OpenedColumn): DoerOutcome =>
  opened.kind === "open"
    ? outcomeShape.parse(opened.value)
    : { kind: "failed", why: "What came of it was erased, with its client's key." };

/** What the way itself answers: the outcome's sealed bytes, or null where it has to be looked for. Rejects where the packet got nowhere. */
export type Word = Promise<Uint8Array | null>;
/** How long a word waits for whoever asks for it. */
const WORD_MS = 60_000;

export interface Outcomes {
  /** From now on that call's outcome is first of all what this says. */
  hear(packet: Packet, word: Word): void;
  /** null: none within `waitMs`. */
  wait(tenant: TenantId, call: CallId, waitMs: number): Promise<DoerOutcome | null>;
  close(): Promise<void>;
}

export function watchOutcomes({
  inTenant,
  url,
  keys,
  onError,
}: {
  readonly inTenant: InTenant;
  /** The app's own login, direct. */
  readonly url: string;
  readonly keys: Keys;
  readonly onError: (error: Error) => void;
}): Outcomes {
  const listener = listenOn({
    url,
    channel: OUTCOME_CHANNEL,
    onError,
  });
  const words = new Map<CallId, Word>();
  const look = together((tenant, calls) => inTenant(tenant, (tx) => readOutcomes(keys, tx, calls)));

  /** INVARIANT (21): it opens under the tenant's own key and at this call's own place, or not at all. */
  async function opened(tenant: TenantId, call: CallId, sealed: Uint8Array): Promise<DoerOutcome | null> {
    const known = openColumnAtOnce(keys, tenant, outcomePlace(call), sealed);
    return known === null ? inTenant(tenant, (tx) => readOutcome(keys, tx, call)) : outcomeOf(known);
  }

  return {
    hear({ call }, word) {
      words.set(call, word);
      const forget = (): void => void setTimeout(() => words.delete(call), WORD_MS).unref();
      word.then(forget, forget);
    },
    async wait(tenant, call, waitMs) {
      const until = performance.now() + waitMs;
      const word = waitMs > 0 ? words.get(call) : undefined;
      if (word !== undefined) {
        const sealed = await Promise.race([word, pause(waitMs, undefined, { ref: false })]);
        if (sealed === undefined) return null;
        words.delete(call);
        if (sealed !== null) return opened(tenant, call, sealed);
      }
      for (;;) {
        // Taken before looking: what is said while we look is not missed.
        const heard = listener.next();
        const looked = await look(tenant, call);
        if (looked === null) return null;
        const outcome = looked.get(call) ?? null;
        const left = until - performance.now();
        if (outcome !== null || left <= 0) return outcome;
        await Promise.race([heard, pause(Math.min(left, LOOK_MS), undefined, { ref: false })]);
      }
    },
    close: () => listener.close(),
  };
}
