// What a call comes to, from what it says and what was found in the world: the facts that the rules decide on. Nothing in them is the
// agent's word, except where it makes them stricter.

import type { AgentPrincipal } from "#identity";
import type { BranchName, CommitSha, Digest, InstallationId, RepoName, RepositoryId, TicketId } from "#kernel";
import { observed, type Facts } from "#policy";
import type { State } from "#tickets";
import { confidenceOf } from "./confidence.ts";
import type { ReadCall, ToolDeclaration, Volume } from "./declaration.ts";
import type { Asked } from "./types.ts";

export interface PlannedRepository {
  readonly id: RepositoryId;
  /** As it is called now. */
  readonly name: RepoName;
  readonly installation: InstallationId;
}

/** What of a repository's branches counts: read afresh for each decision. */
export interface PlannedBranch {
  readonly standing: Facts["branch"];
  /** Names that must not be pushed to, beside the usual ones. */
  readonly production: readonly string[];
}

export interface PlannedPull {
  readonly head: CommitSha;
  readonly base: BranchName;
  readonly open: boolean;
  readonly gate: "passed" | "failed" | "unknown";
  /** In the gate's own sentences. */
  readonly says: string;
}

export type PlannedSql =
  | { readonly verdict: "allow"; readonly kind: "select" | "show" | "explain" }
  | { readonly verdict: "deny"; readonly why: string };

/** A ticket of the tenant's own, as it stands now. */
export interface PlannedTicket {
  /** Something on it looks like instructions, whoever read it, and wherever. */
  readonly suspected: boolean;
  readonly ticket: TicketId;
  /** As people write it: `ACME-7`. */
  readonly name: string;
  readonly state: State;
  /** The one address that mail about it may go to: whoever wrote its first mail. null: nobody of the customer's ever wrote by mail. */
  readonly customer: string | null;
  /** What has shipped for it, in a sentence. null: nothing has. */
  readonly shipped: string | null;
}

/** What was found in the world, as far as the call is about it. */
export interface Found {
  readonly repository: PlannedRepository | null;
  readonly branch: PlannedBranch | null;
  readonly pull: PlannedPull | null;
  readonly sql: PlannedSql | null;
  readonly ticket: PlannedTicket | null;
}
export const NOTHING_FOUND: Found = { repository: null, branch: null, pull: null, sql: null, ticket: null };

/** What screening says of the agent's words, and of what it read before in the same session. */
export interface Seen {
  readonly scores: Facts["scores"];
  readonly taint: readonly string[];
  readonly suspected: boolean;
}

export interface Planning {
  readonly who: AgentPrincipal;
  readonly tenant: string;
  readonly asked: Pick<Asked, "batch" | "citations" | "confidence" | "native">;
  readonly tool: ToolDeclaration;
  readonly read: ReadCall;
  readonly argsHash: Digest;
  readonly found: Found;
  readonly seen: Seen;
}

/** What the call counts as: what the agent declares only ever adds. */
export const volumeOf = ({
  asked,
  read,
}: {
  readonly asked: Pick<Asked, "batch">;
  readonly read: Pick<ReadCall, "batch">;
}): Volume => ({
  // prettier-ignore
  updates: Math.max(read.batch.updates, asked.batch?.updates ?? 0),
  cents: Math.max(read.batch.cents, Math.abs(asked.batch?.cents ?? 0)),
});

const gateOf = ({ tool, found }: Planning): Facts["gate"] =>
  tool.name !== "pr.merge" ? "none" : (found.pull?.gate ?? "unknown");

export const doubtsOf = (planning: Planning): ReturnType<typeof confidenceOf> =>
  confidenceOf({
    own: planning.asked.confidence,
    lines: planning.read.subject.lines,
    paths: planning.read.subject.paths.length,
    suspected: planning.seen.suspected,
    gate: gateOf(planning),
  });

/** `approval`: of a person, to exactly these arguments. `window`: all of the session, this call included. */
export function factsOf(
  planning: Planning,
  window: Volume,
  approval: { readonly argsHash: Digest; readonly approver: string } | null,
): Facts {
  const { who, tenant, tool, read, argsHash, found, seen } = planning;
  const { subject } = read;
  const facts: Facts = {
    v: 1,
    tool: tool.name,
    tenant,
    agent: who.name,
    requester: who.requesterName,
    repository: found.repository?.name ?? null,
    branch: found.branch?.standing ?? (subject.branch === null ? "none" : "unknown"),
    gate: gateOf(planning),
    hazards: [],
    shell: [],
    areas: [],
    touched: { paths: subject.paths.length, lines: subject.lines },
    sql: "none",
    mail: null,
    batch: volumeOf(planning),
    window,
    taint: [...seen.taint].toSorted(),
    scores: seen.scores,
    confidence: doubtsOf(planning).value,
    irreversible: tool.irreversible,
    citations: [...planning.asked.citations],
    argsHash,
    approval,
  };
  return observed(facts, {
    command: subject.command ?? undefined,
    native: planning.asked.native,
    paths: subject.paths,
    edits: subject.edits,
    messages: subject.messages,
    refspecs: subject.branch === null ? undefined : [`HEAD:refs/heads/${subject.branch}`],
    sql: found.sql ?? (subject.sql === null ? undefined : { verdict: "deny" }),
    mail: mailOf(planning),
    production: found.branch?.production ?? [],
  });
}

/** INVARIANT: who gets mail is the ticket's own, and no argument. Without that address, or anything that shipped, the rules say never. */
function mailOf({ tool, found: { ticket } }: Planning): Parameters<typeof observed>[1]["mail"] {
  if (tool.name !== "email.notify" || ticket === null || ticket.customer === null) return undefined;
  return { to: [ticket.customer], customer: ticket.customer, shipped: ticket.shipped !== null };
}

/**
 * What must be the same at execution as when a person was asked: everything that the rules read, but the approval itself and what other
 * calls of the session have added meanwhile. The breaker looks at the window again, and the rules at the taint: an agent that reads on
 * while a person thinks does not lose the question, and what taint forbids is refused at execution.
 */
export const material = ({
  approval: _,
  window: __,
  taint: ___,
  ...rest
}: Facts): Omit<Facts, "approval" | "window" | "taint"> => rest;
