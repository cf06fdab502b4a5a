// Intake: one row for one call, or the row that there is (invariant 26), with what can be refused without looking at the world.

import sql from "sql-template-tag";
import type { AgentPrincipal } from "#identity";
import type { CallId } from "#kernel";
import type { TenantClaim, TenantTx } from "#platform/postgres";
import type { OpenTrace } from "#platform/telemetry";
import { ownPrefix } from "#tenants/io";
import { refused } from "../../answers.ts";
import type { ReadCall, ToolDeclaration } from "../../declaration.ts";
import { volumeOf } from "../../plan.ts";
import { mostOf } from "../../spending.ts";
import { declarationOf } from "../../tools/index.ts";
import type { Answer, Asked } from "../../types.ts";
import type { GatewayDeps } from "../deps.ts";
import { digestOf, sha256Of } from "../digest.ts";
import { limits } from "../limits.ts";
import { answeredAgain } from "./answer.ts";
import { endCall, entryFor } from "./end.ts";
import { findByKey, insertCall, type NewCall } from "./rows.ts";
import { killedAnswer } from "./work.ts";

export type Begun =
  | {
      readonly kind: "begun";
      readonly tool: ToolDeclaration;
      readonly read: ReadCall;
      readonly session: Buffer;
      readonly prefix: string;
    }
  | { readonly kind: "ended"; readonly answer: Answer }
  /** Asked before. */
  | { readonly kind: "known"; readonly call: CallId; readonly answer: Answer };

export interface Arriving {
  readonly call: CallId;
  readonly who: AgentPrincipal;
  readonly asked: Asked;
  readonly explain: boolean;
  readonly claim: TenantClaim;
  readonly trace: OpenTrace;
}

export type Usable = { readonly kind: "usable"; readonly tool: ToolDeclaration; readonly read: ReadCall };

/** By schema alone. */
export function readAsked(
  who: AgentPrincipal,
  asked: Asked,
  call: CallId | null,
): Usable | Extract<Answer, { kind: "refused" }> {
  const tool = declarationOf(asked.tool);
  if (tool === null) return refused(call, "tool_unknown", "There is no tool of that name.");
  if (who.tools !== "all" && !who.tools.includes(tool.name))
    return refused(call, "tool_unknown", `This agent may not call ${tool.name}.`);
  const read = tool.read(asked.arguments);
  return read.kind === "unusable"
    ? refused(call, "arguments_invalid", `The arguments do not fit ${tool.name}: ${read.problems.join("; ")}.`)
    : { kind: "usable", tool, read };
}

/** Text that has no canonical form (a fraction, half a surrogate) has none that could be decided about either. */
function hashOf({
  tool,
  arguments: args,
  explain,
  batch,
  citations,
  confidence,
  session,
  idempotencyKey,
  native,
}: Asked) {
  const whole = {
    tool,
    arguments: args,
    explain,
    batch: batch === null ? null : { ...batch },
    citations: [...citations],
    confidence,
  };
  const beside = [session, idempotencyKey, native?.directory ?? null, native?.root ?? null];
  try {
    return { digest: digestOf(whole), canonical: beside.every((text) => text?.isWellFormed() ?? true) };
  } catch {
    return { digest: digestOf({ text: JSON.stringify(whole).toWellFormed() }), canonical: false };
  }
}

/**
 * INVARIANT (18): what cannot be kept as it came is refused on record all the same: a call that nobody can write down leaves no trace. Nor are
 * megabytes kept of what is refused at the door, which no budget counts: its digest is.
 */
function keepable({ native: _, ...asked }: Asked): Asked {
  return {
    ...asked,
    tool: asked.tool.toWellFormed(),
    arguments: null,
    session: asked.session?.toWellFormed() ?? null,
    idempotencyKey: asked.idempotencyKey?.toWellFormed() ?? null,
    citations: asked.citations.map((each) => each.toWellFormed()),
  };
}

export const sessionOf = (session: string | null): Buffer => sha256Of(session ?? "");

const isLarge = ({ arguments: args }: Asked): boolean => JSON.stringify(args).length > limits.keptOfRefused;

/** Refused with more than is kept of what is refused: it is written down anew. */
class NotKept extends Error {
  readonly answer: Extract<Answer, { kind: "refused" }>;

  constructor(answer: Extract<Answer, { kind: "refused" }>) {
    super(answer.why);
    this.answer = answer;
  }
}

/** What a call says by itself, before anything is looked at. */
export interface Arrival {
  readonly usable: Usable | Extract<Answer, { kind: "refused" }>;
  readonly session: Buffer;
  readonly row: NewCall;
}

export function arrivalOf({ call, who, asked, explain }: Arriving): Arrival {
  const hashed = hashOf(asked);
  const usable = hashed.canonical
    ? readAsked(who, asked, call)
    : refused(
        call,
        "arguments_invalid",
        "The arguments hold a number that is no whole number, or a text that is none.",
      );
  const session = sessionOf(asked.session);
  const idempotency = asked.idempotencyKey === null ? null : sha256Of(asked.idempotencyKey);
  const kept = hashed.canonical && (usable.kind === "usable" || !isLarge(asked));
  const record = { v: 1, who, asked: kept ? asked : keepable(asked) } as const;
  const tool = usable.kind === "usable" ? usable.tool.name : (declarationOf(asked.tool)?.name ?? null);
  return {
    usable,
    session,
    row: { id: call, record, tool, explain, session, idempotency, askedHash: hashed.digest },
  };
}

/** Its row alone. */
export async function begin(deps: GatewayDeps, arriving: Arriving, arrival: Arrival): Promise<Begun> {
  try {
    return await entered(deps, arriving, arrival);
  } catch (error) {
    if (!(error instanceof NotKept)) throw error;
    const { row } = arrival;
    const record = { ...row.record, asked: keepable(row.record.asked) };
    return entered(deps, arriving, { ...arrival, usable: error.answer, row: { ...row, record } });
  }
}

const entered = (deps: GatewayDeps, arriving: Arriving, arrival: Arrival): Promise<Begun> =>
  deps.database.atOnce(arriving.claim, async (tx) => {
    const begun = await intake(deps, tx, arriving, arrival);
    // Nothing is decided about it yet, and the verdict's own commit waits for the disk, with this one before it. A server that loses its
    // power until then has never heard of the call: nothing was done, and its agent may ask again.
    if (begun.kind === "begun") tx.later(sql`select set_config('synchronous_commit', 'off', true)`);
    return begun;
  });

export async function intake(
  deps: GatewayDeps,
  tx: TenantTx,
  { call, who, trace }: Arriving,
  { usable, session, row }: Arrival,
): Promise<Begun> {
  if (!(await insertCall(deps.keys, tx, row))) return knownCall(deps, tx, who, row);
  const end = async (answer: Extract<Answer, { kind: "refused" }>): Promise<Begun> => {
    if (isLarge(row.record.asked)) throw new NotKept(answer);
    return {
      kind: "ended",
      answer: await endCall(deps, tx, { call, who, trace }, { code: answer.code, answer, told: false }),
    };
  };
  const killed = killedAnswer(deps, { call, who, target: { repository: null } });
  if (killed?.kind === "refused") return end(killed);
  if (usable.kind === "refused") return end(usable);
  const { tool, read } = usable;
  const [taken, prefix] = await Promise.all([
    deps.budgets.take(tx, {
      agent: who.agent,
      call,
      tool: tool.name,
      most: mostOf(tool, volumeOf({ asked: row.record.asked, read }).cents),
    }),
    ownPrefix(tx),
  ]);
  if (taken.kind === "over") return end(refused(call, "over_budget", taken.why));
  return { kind: "begun", tool, read, session, prefix };
}

/** INVARIANT (26): the same key is the same call, or none. */
async function knownCall(
  deps: GatewayDeps,
  tx: TenantTx,
  who: AgentPrincipal,
  { idempotency, askedHash }: NewCall,
): Promise<Begun> {
  const known = idempotency === null ? null : await findByKey(tx, who.agent, idempotency);
  if (known === null)
    return { kind: "ended", answer: refused(null, "facts_unavailable", "The call could not be written down.") };
  if (known.askedHash !== askedHash) {
    const answer = refused(known.id, "key_reused", "This idempotency key was used for another call.");
    // INVARIANT (A1): it has no row of its own, and is in the log all the same, with what was asked for.
    const body = {
      v: 1,
      call: known.id,
      tool: known.tool,
      code: answer.code,
      why: answer.why,
      rules: [],
      asked: askedHash,
    };
    await deps.append(tx, { ...entryFor(known.id, who.agent, { outcome: "refused", body }), kind: "call.refused" });
    return { kind: "ended", answer };
  }
  const answer = await answeredAgain(deps, tx, known);
  return {
    kind: "known",
    call: known.id,
    answer: answer ?? refused(known.id, "void", "What this call was answered was erased."),
  };
}
