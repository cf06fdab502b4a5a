// Who stops the change. Anybody entitled may, whatever their part in it; only their own word, or an uninvolved human's
// dismissal on record, lifts it.

import type { ReviewId, UserId } from "#kernel";
import { missing } from "./completeness.ts";
import { isEntitled, standing } from "./eligibility.ts";
import type { Dismissal, Facts } from "./facts.ts";
import type { Involvement } from "./involvement.ts";
import type { Decisive, Opinions } from "./opinions.ts";
import type { Note } from "./verdict.ts";

export interface Vetoes {
  /** Whose veto binds. */
  readonly by: readonly UserId[];
  readonly unknowns: readonly Note[];
  readonly notes: readonly Note[];
}

export function vetoes(
  facts: Facts,
  byUser: Opinions["byUser"],
  involved: Involvement,
  approvers: ReadonlySet<UserId>,
): Vetoes {
  const dismissals = byReview(facts.dismissals.items);
  const by: UserId[] = [];
  const unknowns: Note[] = [];
  const notes: Note[] = [];
  for (const [userId, { latest }] of byUser) {
    const own = dismissals.get(latest.id) ?? [];
    if (!mayBeVeto(latest, own)) continue;
    if (!isEntitled(standing(latest.author, facts.people))) {
      if (latest.state === "CHANGES_REQUESTED")
        notes.push({
          code: "veto_ignored",
          text: `${latest.author.login} requested changes (review ${latest.id}); this does not stop the change, because only a human with write access can.`,
        });
      continue;
    }
    if (latest.state === "DISMISSED") {
      const lifts = own.map((d) => lifted(d, latest, facts, involved, approvers));
      unknowns.push(...lifts.flatMap((l) => (typeof l === "string" ? [missing(l)] : [])));
      if (lifts.length > 0 && lifts.every((l) => l === true)) continue;
    }
    by.push(userId);
    notes.push({ code: "veto_outstanding", text: outstanding(latest) });
  }
  return { by, unknowns, notes };
}

/** A dismissed review of which nobody says what it was may have been a veto. */
function mayBeVeto(latest: Decisive, own: readonly Dismissal[]): boolean {
  if (latest.state === "APPROVED") return false;
  return latest.state === "CHANGES_REQUESTED" || own.length === 0 || own.some((d) => d.was !== "APPROVED");
}

/** Whether this dismissal lifts the veto, or the sentence that says why it cannot be known. */
function lifted(
  { actor }: Dismissal,
  veto: Decisive,
  facts: Facts,
  involved: Involvement,
  approvers: ReadonlySet<UserId>,
): boolean | string {
  if (actor === null) return false;
  if (actor.id === veto.author.id) return true;
  const who = standing(actor, facts.people);
  if (who.kind === "unknown") return who.why;
  return isEntitled(who) && involved.partsOf(actor).length === 0 && !approvers.has(actor.id);
}

function outstanding(veto: Decisive): string {
  return veto.state === "DISMISSED"
    ? `${veto.author.login}'s review ${veto.id} was dismissed, but not on record by its author or by an uninvolved human with write access: the stop stands until ${veto.author.login} reviews again.`
    : `${veto.author.login} requested changes (review ${veto.id}): ${veto.author.login} must review again, or an uninvolved human with write access must dismiss it.`;
}

function byReview(items: readonly Dismissal[]): ReadonlyMap<ReviewId, readonly Dismissal[]> {
  const map = new Map<ReviewId, Dismissal[]>();
  for (const item of items) {
    const group = map.get(item.reviewId);
    if (group === undefined) map.set(item.reviewId, [item]);
    else group.push(item);
  }
  return map;
}
