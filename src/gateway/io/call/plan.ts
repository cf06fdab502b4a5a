// Facts, read afresh: what the call names, and what its session has read before.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { ORIGINS, SUSPECTED_FROM, type Screened } from "#screening";
import { refused } from "../../answers.ts";
import { NOTHING_FOUND, type Found, type Planning, type Seen } from "../../plan.ts";
import type { Subject } from "../../subject.ts";
import type { Answer } from "../../types.ts";
import type { GatewayDeps } from "../deps.ts";
import { digestOf } from "../digest.ts";
import { limits } from "../limits.ts";
import { inTenant, type Work } from "./work.ts";

export type Planned =
  | { readonly kind: "planned"; readonly found: Found }
  | { readonly kind: "not"; readonly answer: Extract<Answer, { kind: "refused" }> };

/** Whether the database alone knows all that the call names. */
export const isAtHand = ({ branch, pull, sql: statement, ticket }: Subject): boolean =>
  branch === null && pull === null && statement === null && ticket === null;

/** `tx`: of a call that is at hand, in which it is decided, too. null: nobody's row is held meanwhile. */
export async function findWorld(
  deps: GatewayDeps,
  work: Pick<Work, "call" | "read" | "claim" | "target">,
  tx: TenantTx | null = null,
): Promise<Planned> {
  const { subject } = work.read;
  const not = (code: "not_found" | "facts_unavailable", why: string): Planned => ({
    kind: "not",
    answer: refused(work.call, code, why),
  });
  try {
    let found: Found = NOTHING_FOUND;
    if (subject.repository !== null) {
      const name = subject.repository;
      const named = (own: TenantTx) => deps.world.repository(own, name);
      const repository = await (tx === null ? inTenant(deps, work, named) : named(tx));
      if (repository === null) return not("not_found", `There is no repository ${name} for this tenant.`);
      work.target.repository = repository.id;
      found = { ...found, repository };
      if (subject.branch !== null) found = { ...found, branch: await deps.world.branch(repository, subject.branch) };
      if (subject.pull !== null) {
        const pull = await deps.world.pull(work.claim, repository, subject.pull);
        if (pull === null) return not("not_found", `${repository.name} has no pull request ${subject.pull}.`);
        if (subject.head !== null && subject.head !== pull.head)
          return not(
            "not_found",
            `The head of ${repository.name}#${subject.pull} is ${pull.head}, not ${subject.head}.`,
          );
        found = { ...found, pull };
      }
    }
    if (subject.sql !== null)
      found = { ...found, sql: await deps.world.sql(work.claim, subject.sql.connection, subject.sql.statement) };
    if (subject.ticket !== null) {
      const ticket = await deps.world.ticket(work.claim, subject.ticket);
      if (ticket === null) return not("not_found", `This tenant has no ticket ${subject.ticket}.`);
      found = { ...found, ticket };
    }
    return { kind: "planned", found };
  } catch (error) {
    const lost = error instanceof Fault ? LOST.get(error.code) : undefined;
    if (lost === undefined) throw error;
    deps.onProblem(work.call, error);
    return not("facts_unavailable", lost);
  }
}

/**
 * Somebody else's server does not answer. Everything else that goes wrong is ours, and goes to a person. INVARIANT (X16): said in our words: in
 * its own there may be anybody's.
 */
const LOST: ReadonlyMap<string, string> = new Map([
  ["github_unavailable", "GitHub does not answer."],
  ["github_rate_limited", "GitHub asks Countersign to wait."],
  [
    "github_refused",
    "GitHub does not show Countersign what the call names. `countersign doctor` says what is missing.",
  ],
  ["github_scope_mismatch", "Countersign's access at GitHub does not reach what the call names."],
]);

const returnedRow = z.object({ origin: z.enum(ORIGINS), injection: z.int() });

export interface Session {
  readonly taint: readonly string[];
  readonly injection: number;
}

/**
 * What came back to the agent earlier in this session, from whom nobody vouches for; also as the reason why something failed. INVARIANT (X16):
 * a session's name is the agent's own word, so what was read in the last hour counts in whatever session that was, where from and what it
 * looked like, as the breaker counts.
 */
export async function readSession(tx: TenantTx, work: Pick<Work, "session" | "who">): Promise<Session> {
  const rows = await tx.many(
    sql`select * from gateway.returned_to(${work.who.agent}::uuid, ${work.session}, ${limits.sessionHours})`,
    returnedRow,
  );
  return {
    taint: rows.map(({ origin }) => origin).toSorted(),
    injection: Math.max(0, ...rows.map(({ injection }) => injection)),
  };
}

/** Whether the call does something about a ticket that is marked. Reading it is for anybody: what is read is screened, and taints. */
export const aboutTicket = ({ tool }: Pick<Work, "tool">, { ticket }: Found): boolean =>
  tool.effect === "write" && ticket?.suspected === true;

/**
 * What the call says itself, and what its session has read. INVARIANT (X16): what is done about a ticket with instructions on it is
 * suspected, and tainted by it, also where the agent has its words from somewhere else.
 */
export function seenIn(found: Screened, session: Session, marked: boolean): Seen {
  const injection = Math.max(found.scores.injection, session.injection, marked ? SUSPECTED_FROM : 0);
  return {
    scores: { ...found.scores, injection },
    taint: [...new Set([...found.taint, ...session.taint, ...(marked ? ["ticket"] : [])])].toSorted(),
    suspected: found.suspected || injection >= SUSPECTED_FROM,
  };
}

export const planningOf = (
  { who, asked, tool, read, prefix }: Pick<Work, "who" | "asked" | "tool" | "read" | "prefix">,
  found: Found,
  seen: Seen,
): Planning => ({
  who,
  tenant: prefix,
  asked,
  tool,
  read,
  argsHash: digestOf(read.arguments),
  found,
  seen,
});
