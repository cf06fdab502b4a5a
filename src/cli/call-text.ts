// Calls of agents in plain words.

import type { ListedCall, ShownCall, ShownVerdict } from "#gateway/io";
import { iso, type Instant, type Json } from "#kernel";

export interface EntryOfCall {
  readonly id: string;
  readonly at: Instant;
  readonly kind: string;
  readonly outcome: string;
}

/** A call with what the log says of it, oldest first. */
export interface WholeCall extends ShownCall {
  /** The last one; null: nothing was decided, or its entry was erased. */
  readonly verdict: ShownVerdict | null;
  readonly entries: readonly EntryOfCall[];
}

function standing({ state, outcome, code }: ListedCall): string {
  switch (state) {
    case "received":
      return "is being looked at";
    case "pending":
      return "waits for a person";
    case "executing":
      return "is being carried out";
    case "ended":
      return outcome === "done"
        ? "was done"
        : outcome === "explained"
          ? "was explained, and not done"
          : `${outcome === "refused" ? "was refused" : "failed"}${code === null ? "" : ` (${code.replaceAll("_", " ")})`}`;
  }
}

export interface NamedCall extends ListedCall {
  readonly agentName: string;
}

export const callLine = (call: NamedCall): string =>
  [iso(call.at), call.call, call.agentName, call.tool ?? "no such tool", standing(call), verdictIn(call)].join("  ");

/** Approved, a call is decided again with the yes, and GREEN. */
const verdictIn = ({ colour, approval }: ListedCall): string =>
  `${colour ?? "no verdict"}${approval === null ? "" : ", a person was asked"}`;

/** `tenant`: as it was named, to be named so again; null where there is one. */
export function callText(call: WholeCall, tenant: string | null): readonly string[] {
  const { asked, verdict, packet, answer, approval, entries } = call;
  return [
    `${call.tool ?? "A tool that there is not"}: it ${standing(call)}.`,
    `Asked by ${call.agentName} for ${call.requester}, ${iso(call.at)}, over ${call.from}.`,
    "Arguments:",
    ...members(asked.arguments),
    ...(verdict === null
      ? ["Nothing was decided about it."]
      : [`Verdict ${verdict.colour}, by the rules ${verdict.set}.`]),
    ...(verdict?.rules ?? []).map(({ id, version, text }) => `  ${id}@${version}  ${text}`),
    ...(verdict === null ? [] : ["Facts:", ...members(verdict.facts)]),
    approval === null
      ? "No person was asked."
      : `A person was asked: countersign approval show ${approval}${tenant === null ? "" : ` --tenant ${tenant}`}`,
    packet === null
      ? "No doer has taken a packet for it."
      : `A doer took its packet ${iso(packet.consumedAt)}; ${packet.ended === null ? "it is at it" : `it ended as ${packet.ended}`}.`,
    ...(answer === null ? [] : [`Answered: ${answered(answer)}`]),
    "In the log, oldest first:",
    ...entries.map(({ at, id, kind, outcome }) => `  ${iso(at)}  ${id}  ${kind}  ${outcome}`),
  ];
}

const members = (value: Json): readonly string[] =>
  value !== null && typeof value === "object" && !Array.isArray(value)
    ? Object.entries(value).map(
        ([name, each]) => `  ${name} = ${typeof each === "string" ? each : JSON.stringify(each)}`,
      )
    : [`  ${JSON.stringify(value)}`];

function answered(answer: NonNullable<ShownCall["answer"]>): string {
  switch (answer.kind) {
    case "done":
      return answer.summary;
    case "refused":
    case "failed":
      return `${answer.why} ${answer.next}`;
    case "pending":
      return answer.why;
    case "running":
      return "it is under way";
    case "explained":
      return answer.wouldDo;
  }
}
