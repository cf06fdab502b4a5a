// What the log says of requests: who was asked what, who answered from where, and what became of it.

import type { NewEntry, Party } from "#audit";
import type { Json } from "#kernel";
import type { Row } from "./rows.ts";

const OBSERVER: Party = { type: "app", id: "countersign" };
export const JOB: Party = { type: "job", id: "approvals" };

interface Told {
  readonly kind: Extract<NewEntry["kind"], `approval.${string}` | "rule.propose">;
  readonly outcome: NewEntry["outcome"];
  readonly action: string;
  readonly initiator: Party;
  readonly body: Readonly<Record<string, Json>>;
  readonly personal?: NewEntry["personal"];
}

/** Every entry about one request has its call's id as request id: one search finds all of it. */
export function entryOf(
  { approval, call, digest, policySet, headSha }: Pick<Row, "approval" | "call" | "digest" | "policySet" | "headSha">,
  { body, personal, ...told }: Told,
): NewEntry {
  return {
    ...told,
    observer: OBSERVER,
    target: { type: "approval", id: approval },
    requestId: call,
    policyVersion: policySet,
    trace: { toolCallId: call },
    body: { v: 1, approval, call, digest, policySet, headSha, ...body },
    ...(personal === undefined ? {} : { personal }),
  };
}
