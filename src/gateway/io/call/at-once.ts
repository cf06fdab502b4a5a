// A call of which the database alone knows all that it names, from intake to intent in one transaction: it is there with its verdict, or it was
// never there. Where GitHub or another server is asked, its row goes first, and nothing is held while they think (run.ts).

import { DatabaseFault } from "#platform/postgres";
import type { GatewayDeps } from "../deps.ts";
import { arrivalOf, begin, intake, type Arrival, type Arriving, type Begun, type Usable } from "./begin.ts";
import { decideIn, look, type Deciders, type Step } from "./decide.ts";
import { codeOf, endCall, type Ending } from "./end.ts";
import { findWorld, isAtHand } from "./plan.ts";
import { judge, screen } from "./run.ts";
import { killedAnswer } from "./work.ts";

/** `decided`: what is left is to carry it out, or to answer with what people are asked. */
type Arrived = Begun | { readonly kind: "decided"; readonly work: Deciders; readonly step: Step };

export async function takeIn(deps: GatewayDeps, arriving: Arriving): Promise<Arrived> {
  const arrival = arrivalOf(arriving);
  const { usable } = arrival;
  const inTwo = (): Promise<Begun> => arriving.trace.stage("intake", "span", () => begin(deps, arriving, arrival));
  if (usable.kind === "refused" || !isAtHand(usable.read.subject)) return inTwo();
  try {
    return await decideAtOnce(deps, arriving, { ...arrival, usable });
  } catch (error) {
    if (error instanceof DatabaseFault && error.code !== "database_refused") throw error;
    // Nothing of it was written. With its row first, what went wrong is written down with it, should it go wrong again (X8, X9).
    return inTwo();
  }
}

const decideAtOnce = (
  deps: GatewayDeps,
  arriving: Arriving,
  arrival: Arrival & { readonly usable: Usable },
): Promise<Arrived> =>
  deps.database.atOnce(arriving.claim, async (tx): Promise<Arrived> => {
    const { call, who, asked, explain, claim, trace } = arriving;
    const { tool, read } = arrival.usable;
    const { session } = arrival;
    const target = { repository: null };
    const known = { call, who, asked, tool, read, explain, session, claim, trace, target };
    // One write for what they ask the database, which answers while the words are screened.
    const all = [
      trace.stage("intake", "span", () => intake(deps, tx, arriving, arrival)),
      trace.stage("plan", "span", () => findWorld(deps, known, tx)),
      look(deps, tx, known),
      screen(deps, known),
    ] as const;
    // INVARIANT: none of them asks anything more after the transaction has ended.
    await Promise.allSettled(all);
    const [begun, planned, looked, screened] = await Promise.all(all);
    if (begun.kind !== "begun") return begun;
    const work = { ...known, prefix: begun.prefix };
    const ended = async (answer: Ending["answer"]): Promise<Arrived> => ({
      kind: "ended",
      answer: await endCall(deps, tx, work, { code: codeOf(answer), answer, told: false }),
    });
    await deps.crash?.("begun");
    const killed = killedAnswer(deps, work);
    if (killed?.kind === "refused") return ended(killed);
    await deps.crash?.("planned");
    if (planned.kind === "not") return ended(planned.answer);
    await deps.crash?.("screened");
    const step = await judge(deps, work, (engine) =>
      decideIn(deps, tx, work, { found: planned.found, screened, engine, approval: null, looked, held: null }),
    );
    // A call that waits for people is not ended, and its trace is closed as it goes on.
    return step.kind === "carry" || step.answer.kind === "pending"
      ? { kind: "decided", work, step }
      : { kind: "ended", answer: step.answer };
  });
