// Hazards that follow from the facts themselves, so that no caller can leave them out.

import type { Facts } from "./facts.ts";
import type { Hazard } from "./hazards.ts";
import { TOOLS } from "./tools.ts";

/** From this score of 100 on, what screening has found counts as being there. */
const SURE = 50;

/** With those that the extractors saw. */
export function hazardsOf(facts: Facts): readonly Hazard[] {
  const all = new Set<Hazard>(facts.hazards);
  const { tool, approval, mail, sql, branch, gate } = facts;
  const writes = TOOLS[tool].effect === "write";
  if (approval !== null && (approval.approver === facts.requester || approval.approver === facts.agent))
    all.add("approval.self");
  if (tool === "pr.merge" && gate !== "passed") all.add("gate.bypass");
  // INVARIANT: a branch that is not known to be another one is the production branch.
  if (writes && tool !== "pr.merge" && (branch === "production" || branch === "unknown"))
    all.add("git.push_production");
  if (tool === "repo.propose" && branch === "none") all.add("git.push_production");
  if (tool === "email.notify" && (mail === null || mail.recipients !== "customer" || !mail.shipped))
    all.add("mail.unsolicited");
  if (sql === "refused" || (tool === "sql.select" && sql === "none")) all.add("sql.destructive");
  if (writes && facts.scores.secrets >= SURE) all.add("credentials.send");
  return [...all].toSorted();
}
