// Starting again what was stopped. It takes two people, whatever the scope, and the log.

import sql from "sql-template-tag";
import { z } from "zod";
import { createSecondPerson, type KeyAccess } from "#identity/io";
import type { Act } from "#identity";
import type { Instant, Json } from "#kernel";
import { withOperator } from "#platform/postgres";
import type { Actor } from "../breaker.ts";
import type { Scope } from "../scope.ts";
import { entryAbout, killsOf, logOf } from "./kill.ts";

export interface Rearm {
  readonly scope: Scope;
  readonly reason: string;
  /** The operator's own, who asks. */
  readonly key: string;
  readonly by: Actor;
}

export type Rearmed =
  | { readonly kind: "rearmed"; readonly kills: number; readonly askedBy: string; readonly confirmedBy: string }
  /** Another operator has to confirm exactly this first; then it is asked for again. */
  | { readonly kind: "pending"; readonly id: string; readonly digest: string; readonly expiresAt: Instant }
  | { readonly kind: "not_killed" }
  | { readonly kind: "unknown_key" };

/**
 * INVARIANT: what is confirmed names each kill by its id. One that somebody adds meanwhile is none of them: the act is another one
 * then, and needs its own yes.
 */
export async function rearm(access: KeyAccess, asked: Rearm): Promise<Rearmed> {
  const { scope, reason, key, by } = asked;
  const kills = await withOperator(access, (tx) => killsOf(tx, scope));
  if (kills.length === 0) return { kind: "not_killed" };
  const ids = kills.map(({ id }) => id);
  const act: Act = {
    kind: "control.rearm",
    tenant: scope.kind === "platform" ? null : scope.tenant,
    about: { scope: jsonOf(scope), kills: ids },
    reason,
  };
  const door = createSecondPerson(access);
  const answer = await door.ask({ key, act, by });
  if (answer.kind !== "confirmed") return answer;
  return withOperator(access, async (tx): Promise<Rearmed> => {
    const taken = await door.take(tx, { key, act, by });
    // Taken at this very moment by the same person's other run.
    if (taken === null) return { kind: "not_killed" };
    const { askedBy, confirmedBy } = taken;
    await tx.one(sql`select controls.rearm(${ids}::uuid[]) as n`, z.object({ n: z.literal(ids.length) }));
    const entry = entryAbout("control.resume", asked, { kills: ids, askedBy, confirmedBy, act: taken.id });
    await access.append(await logOf(tx, scope), entry);
    return { kind: "rearmed", kills: ids.length, askedBy, confirmedBy };
  });
}

const jsonOf = (scope: Scope): Json => ({ ...scope });
