// At the click: the call is planned once more, from facts of this moment. A person says yes to what would be done now, and to nothing else;
// and before it is carried out all of it is read again (`decideCall`).

import type { VoidCause } from "#approvals";
import type { ApprovalId } from "#kernel";
import type { TenantClaim } from "#platform/postgres";
import { ownPrefix } from "#tenants/io";
import { factsOf, material } from "../../plan.ts";
import type { GatewayDeps } from "../deps.ts";
import { digestOf } from "../digest.ts";
import { readAsked, sessionOf } from "./begin.ts";
import { admissionOf, factsJson } from "./decide.ts";
import { aboutTicket, findWorld, planningOf, readSession, seenIn, type Planned } from "./plan.ts";
import { findAsked, openPlan, openRecord } from "./rows.ts";
import { screenWords } from "./run.ts";
import { exactlyOf } from "./stands.ts";
import { askerNow } from "./work.ts";

export type Again =
  /** It is what it was; or it is no call that waits for this answer, which whoever counts the answer finds. */
  | { readonly kind: "same" }
  /** The request is void by now, in a commit of its own. */
  | { readonly kind: "void"; readonly cause: VoidCause }
  /** What has to be read again cannot be: nobody says yes meanwhile. */
  | { readonly kind: "unread"; readonly why: string };

const SAME: Again = { kind: "same" };

export async function planAgain(deps: GatewayDeps, claim: TenantClaim, approval: ApprovalId): Promise<Again> {
  const waiting = await deps.database.atOnce(claim, async (tx) => {
    const call = await findAsked(tx, approval);
    if (call === null || call.state !== "pending") return null;
    const record = await openRecord(deps.keys, tx, call);
    return {
      call,
      record,
      before: await openPlan(deps.keys, tx, call),
      who: await askerNow(deps, tx, record.who),
      prefix: await ownPrefix(tx),
    };
  });
  if (waiting === null) return SAME;
  const { call, record, before, who, prefix } = waiting;
  const ended = async (cause: VoidCause): Promise<Again> => {
    const done = await deps.database.atOnce(claim, (tx) => deps.approvals.voidIt(tx, approval, cause));
    return done ? { kind: "void", cause } : SAME;
  };
  const target = { repository: call.repository };
  const stopped = (): boolean =>
    deps.killSwitch.look({ tenant: claim.tenantId, agent: call.agent, repository: target.repository }) !== null;
  if (who === null || stopped()) return ended("stopped");
  const usable = readAsked(who, record.asked, call.id);
  if (usable.kind === "refused") return ended("rules_changed");
  const { tool, read } = usable;
  const work = { call: call.id, who, asked: record.asked, tool, read, prefix, claim, target, session: sessionOf(record.asked.session) }; // prettier-ignore
  const planned = await findWorld(deps, work);
  if (planned.kind === "not") {
    const cause = causeOf(planned, read.subject.head !== null);
    return cause === null ? { kind: "unread", why: planned.answer.why } : ended(cause);
  }
  if (stopped()) return ended("stopped");
  const screened = await screenWords(deps, { read, who });
  const engine = await deps.policies.engineFor(who.tenant, prefix);
  return deps.database.atOnce(claim, async (tx): Promise<Again> => {
    const planning = planningOf(
      work,
      planned.found,
      seenIn(screened, await readSession(tx, work), aboutTicket(work, planned.found)),
    );
    const standing = await deps.approvals.standing(tx, approval, exactlyOf(planning, engine));
    if (standing?.kind === "void") return { kind: "void", cause: standing.why };
    if (standing?.kind !== "pending") return SAME;
    const admitted = await deps.breaker.foresee(tx, admissionOf(work));
    const now = material(factsOf(planning, admitted.window, null));
    const cause =
      admitted.kind === "open" ? "stopped" : digestOf(factsJson(now)) === digestOf(before) ? null : "facts_changed";
    if (cause === null) return SAME;
    await deps.approvals.voidIt(tx, approval, cause);
    return { kind: "void", cause };
  });
}

/** null: nobody knows. */
function causeOf({ answer }: Extract<Planned, { kind: "not" }>, ofHead: boolean): VoidCause | null {
  if (answer.code !== "not_found") return null;
  return ofHead ? "head_moved" : "facts_changed";
}
