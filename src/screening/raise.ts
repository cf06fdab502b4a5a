import type { Facts } from "#policy";
import { SECRET_FROM, SUSPECTED_CONFIDENCE } from "./limits.ts";
import type { Screened } from "./types.ts";

/** Whether the screened texts leave Countersign with this call, or came in with it. */
export type Direction = "outbound" | "inbound";

/**
 * What screening adds to the facts of a call. INVARIANT (9): scores and taint only grow, confidence only falls, hazards only come: no text
 * makes a verdict milder.
 *
 * The repository stays in the facts even where the call is suspected (X16): a tenant's refusal that names it has to go on holding. It is
 * what would be executed, and what a person is shown as the target, that the gateway leaves out.
 */
export function raise(facts: Facts, { scores, taint, suspected }: Screened, direction: Direction): Facts {
  const sends =
    direction === "outbound" && scores.secrets >= SECRET_FROM && !facts.hazards.includes("credentials.send");
  return {
    ...facts,
    scores: {
      injection: Math.max(facts.scores.injection, scores.injection),
      pii: Math.max(facts.scores.pii, scores.pii),
      secrets: Math.max(facts.scores.secrets, scores.secrets),
    },
    taint: [...new Set([...facts.taint, ...taint])].toSorted(),
    confidence: suspected ? Math.min(facts.confidence, SUSPECTED_CONFIDENCE) : facts.confidence,
    hazards: sends ? [...facts.hazards, "credentials.send"] : facts.hazards,
  };
}
