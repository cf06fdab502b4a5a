// The end of a call: its answer, the trace, and the entry where nobody else writes one; in one transaction.

import type { NewEntry } from "#audit";
import type { CallId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { Tool } from "#policy";
import { volumeOf } from "../../plan.ts";
import { READS } from "../../shapes.ts";
import { usedBy } from "../../spending.ts";
import { declarationOf } from "../../tools/index.ts";
import type { Answer } from "../../types.ts";
import type { GatewayDeps } from "../deps.ts";
import { lostAfter } from "../limits.ts";
import { answerOf } from "./answer.ts";
import { holdCall, openRecord, toEnded, type Call, type DecidedRow, type EndedRow } from "./rows.ts";
import { closeTrace, hasDocument } from "./trace.ts";
import type { Work } from "./work.ts";

export interface Ending {
  /** Short, for lists: a refusal's code, or how it failed. */
  readonly code: string;
  readonly answer: Exclude<Answer, { kind: "pending" | "running" }>;
  readonly decided?: DecidedRow;
  readonly returned?: EndedRow["returned"];
  /** Of what came back. */
  readonly bytes?: number;
  /** The doer has told the log how it ended. */
  readonly told: boolean;
}

export const codeOf = (answer: Ending["answer"]): string => {
  switch (answer.kind) {
    case "refused":
    case "failed":
      return answer.code;
    case "done":
    case "explained":
      return answer.kind;
  }
};

type Ended = Pick<Work, "call" | "who"> & { readonly trace: Work["trace"] | null };

/** Where it has ended already, that answer counts, and nothing is written. */
export async function endCall(deps: GatewayDeps, tx: TenantTx, work: Ended, ending: Ending): Promise<Answer> {
  const { call, who } = work;
  const [before, traced] = await Promise.all([holdCall(tx, call), hasDocument(tx, call)]);
  if (before === null || before.state === "ended") {
    return before === null ? ending.answer : ((await answerOf(deps, tx, before)) ?? ending.answer);
  }
  const now = tx.now();
  const since = before.state === "executing" && before.issuedAt !== null && now !== null ? now - before.issuedAt : 0;
  // Found days later, after an outage: nothing has run for longer than until it counted as lost.
  const wallMs = Math.min(Math.max(0, since), lostAfter(declarationOf(before.tool ?? "")?.budget.wallMs ?? 0));
  await writeEnd(deps, tx, work, ending, { tool: before.tool, cents: await centsOf(deps, tx, before), wallMs, traced });
  if (!ending.told) await tell(deps, tx, before, { call, agent: who.agent }, ending);
  return ending.answer;
}

/**
 * Of a call that this process has carried out, and that the doer has told the log of: nothing has to be looked at first, and all of it goes
 * in one write. Where a sweep has ended it meanwhile, the transaction fails (`isMoved`).
 */
export async function endCarried(
  deps: GatewayDeps,
  tx: TenantTx,
  work: Ended & Pick<Work, "tool">,
  ending: Ending,
  { wallMs, cents }: { readonly wallMs: number; readonly cents: number },
): Promise<Answer> {
  await writeEnd(deps, tx, work, ending, { tool: work.tool.name, cents, wallMs, traced: false });
  return ending.answer;
}

async function writeEnd(
  deps: GatewayDeps,
  tx: TenantTx,
  { call, who, trace }: Ended,
  ending: Ending,
  { tool, cents, wallMs, traced }: { readonly tool: Tool | null; readonly cents: number; readonly wallMs: number; readonly traced: boolean }, // prettier-ignore
): Promise<void> {
  await toEnded(deps.keys, tx, call, {
    outcome: ending.answer.kind,
    code: ending.code,
    answer: ending.answer,
    ...(ending.decided === undefined ? {} : { decided: ending.decided }),
    returned: ending.returned ?? null,
  });
  const used = usedBy({
    tool,
    wallMs,
    bytes: ending.bytes ?? 0,
    cents: ending.code === "doer_refused" ? 0 : cents,
  });
  await deps.budgets.settle(tx, { agent: who.agent, call, used });
  if (ending.answer.kind === "refused" || ending.code === "FAIL_TO_HUMAN") trace?.mark("WARNING", ending.code);
  else if (ending.answer.kind === "failed") trace?.mark("ERROR", ending.code);
  await closeTrace(deps.keys, tx, call, ending.answer.kind, trace?.close() ?? null, traced);
}

/** What it was to move: something may have come of a call that was being carried out, and nothing of any other. */
async function centsOf(deps: GatewayDeps, tx: TenantTx, before: Call): Promise<number> {
  if (before.state !== "executing") return 0;
  const { asked } = await openRecord(deps.keys, tx, before);
  const read = declarationOf(asked.tool)?.read(asked.arguments);
  return volumeOf({ asked, read: read?.kind === "read" ? read : { batch: READS } }).cents;
}

/** Executions and explanations have their own entries. An intent that will not be carried out gets its outcome here. */
async function tell(
  deps: GatewayDeps,
  tx: TenantTx,
  before: Call,
  { call, agent }: { readonly call: CallId; readonly agent: string },
  { code, answer }: Ending,
): Promise<void> {
  if (answer.kind === "done" || answer.kind === "explained") return;
  const entry = entryFor(call, agent, {
    outcome: answer.kind === "refused" ? "refused" : "failure",
    body: {
      v: 1,
      call,
      tool: before.tool,
      code,
      why: answer.why,
      rules: answer.kind === "refused" ? answer.rules.map((r) => `${r.id}@${r.version}`) : [],
    },
  });
  await deps.append(
    tx,
    before.intent === null
      ? { ...entry, kind: "call.refused" }
      : { ...entry, kind: "call.execute", intent: before.intent },
  );
}

/** One request id through all of a call's entries: the call's own. */
export const entryFor = (
  call: CallId,
  agent: string,
  rest: Pick<NewEntry, "outcome" | "body">,
): Omit<NewEntry, "kind"> => ({
  observer: { type: "app", id: "countersign" },
  initiator: { type: "agent", id: agent },
  target: { type: "act", id: call },
  requestId: call,
  trace: { toolCallId: call },
  ...rest,
});
