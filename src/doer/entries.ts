// What the log says of an execution's end. The result itself is not in it: its hash, its size and a sentence are.

import type { NewEntry, Outcome, Party } from "#audit";
import type { CallId, EntryId, Json, TenantId } from "#kernel";
import type { DoerOutcome, Packet } from "#gateway";

const OUTCOMES = {
  done: "success",
  refused: "refused",
  failed: "failure",
  unknown: "unknown",
  killed: "failure",
} as const satisfies Record<DoerOutcome["kind"], Outcome>;
const DOER: Party = { type: "app", id: "doer" };

/** `result`: hex SHA-256 of its canonical bytes, and how many. */
export function outcomeEntry(
  packet: Packet,
  outcome: DoerOutcome,
  told: {
    readonly doer: string;
    readonly wallMs: number;
    readonly result: { readonly hash: string; readonly bytes: number } | null;
  },
): NewEntry {
  const { call, agent, tool, argsHash, kid, policySet, repository, tenant } = packet;
  const body: Json = {
    v: 1,
    call,
    tool,
    argsHash,
    kid,
    doer: told.doer,
    wallMs: told.wallMs,
    ended: outcome.kind,
    ...(outcome.kind === "done" ? { summary: outcome.summary } : { why: outcome.why }),
    ...(told.result === null ? {} : { result: told.result }),
  };
  return {
    kind: "call.execute",
    outcome: OUTCOMES[outcome.kind],
    intent: packet.intent,
    observer: DOER,
    initiator: { type: "agent", id: agent },
    target: repository === null ? { type: "tenant", id: tenant } : { type: "repository", id: String(repository.id) },
    requestId: call,
    policyVersion: policySet,
    trace: { toolCallId: call },
    body,
  };
}

/** Its doer died with it: what it had done until then nobody knows. */
export const lostEntry = (tenant: TenantId, call: CallId, intent: EntryId): NewEntry => ({
  kind: "call.execute",
  outcome: "unknown",
  intent,
  observer: DOER,
  initiator: DOER,
  target: { type: "tenant", id: tenant },
  requestId: call,
  trace: { toolCallId: call },
  body: { v: 1, call, ended: "unknown" },
});

/** A call that changes something, and was cut off. */
export const UNTIL_THEN = "What it had done until then is not known.";
export const LOOK = "Look at what it may have done before the call is made again.";
export const LOST: DoerOutcome = {
  kind: "unknown",
  why: `The doer ended in the middle of it. ${UNTIL_THEN}`,
  next: LOOK,
};
