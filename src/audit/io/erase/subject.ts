import { withOperator } from "#platform/postgres";
import type { TenantId } from "#kernel";
import type { Keys } from "#keys/io";
import { enterLog, entryAbout, onHold, type OperatorActs } from "./acts.ts";

export type Forgotten =
  | { readonly kind: "forgotten" }
  /** Nothing is sealed about them. */
  | { readonly kind: "unknown" }
  | { readonly kind: "refused"; readonly why: string };

/**
 * Ends what is readable about one person, in the log and in every backup of it: the key that their parts of bodies are sealed
 * under is destroyed, the leaves and everybody else's parts stay. The entry that says so names nobody.
 */
export async function forgetSubject(
  acts: OperatorActs & { readonly keys: Pick<Keys, "destroySubject"> },
  tenant: TenantId,
  subject: string,
): Promise<Forgotten> {
  return withOperator(acts.access, async (tx) => {
    const log = await enterLog(tx, tenant);
    if (log === null) return { kind: "refused", why: "There is no active tenant of that name." };
    const held = await onHold(tx, tenant);
    const found = !held && (await acts.keys.destroySubject(log, subject));
    if (!held && !found) return { kind: "unknown" };
    await acts.append(
      log,
      entryAbout(acts, tenant, {
        kind: "subject.erased",
        outcome: held ? "refused" : "success",
        body: held ? { why: "legal_hold" } : {},
      }),
    );
    return held
      ? { kind: "refused", why: "A legal hold is on this tenant: nobody is forgotten in it." }
      : { kind: "forgotten" };
  });
}
