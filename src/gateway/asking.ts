// What a person is shown, and agrees to.

import type { NewApproval, Shown } from "#approvals";
import type { CallId, Digest } from "#kernel";
import { quorumOf, type Facts, type Verdict } from "#policy";
import { citedRules } from "./answers.ts";
import { doubtsOf, type PlannedTicket, type Planning } from "./plan.ts";

const VALUE = 2_000;
const TITLE = 200;

/** INVARIANT (14): what is cut stands whole in the preview. Where the tool has none, nothing is cut. */
const argumentsOf = ({ arguments: args, preview }: Planning["read"]): Shown["arguments"] => {
  const cut = (text: string): string =>
    text.length <= VALUE || preview === null
      ? text
      : `${text.slice(0, VALUE).toWellFormed()}… (${text.length} characters; all of it is in the preview)`;
  return args === null || typeof args !== "object"
    ? []
    : Object.entries(args).map(([name, value]) => ({
        name,
        value: cut(typeof value === "string" ? value : JSON.stringify(value)),
      }));
};

const titleOf = (text: string): string => (text.length <= TITLE ? text : `${text.slice(0, TITLE - 1).toWellFormed()}…`);

/** INVARIANT: whoever says yes to a mail has read whom it goes to, and what shipped. */
function ticketLines(tool: string, { name, state, customer, shipped }: PlannedTicket): readonly string[] {
  return [
    `The ticket is ${name}; it is ${state.replaceAll("_", " ")}.`,
    ...(tool !== "email.notify"
      ? []
      : [
          `The mail goes to ${customer ?? "nobody"}, who wrote the ticket's first mail, and to nobody else.`,
          `Its subject begins with [${name}], so that an answer lands on the ticket; the rest is the preview, word for word.`,
          `What has shipped for it: ${shipped ?? "nothing"}`,
        ]),
  ];
}

function observations({ found, seen, read, tool }: Planning): readonly string[] {
  const { repository, branch, pull, sql, ticket } = found;
  return [
    ...(repository === null ? [] : [`The repository is ${repository.name}.`]),
    ...(branch === null ? [] : [`The branch that is written to is a ${branch.standing} branch.`]),
    ...(pull === null
      ? []
      : [
          `The pull request goes into ${pull.base}; its head is ${pull.head}; it is ${pull.open ? "open" : "not open"}.`,
          `The merge gate: ${pull.says}`,
        ]),
    ...(sql?.verdict === "allow" ? [`The SQL guard found one ${sql.kind.toUpperCase()} and nothing that writes.`] : []),
    ...(ticket === null ? [] : ticketLines(tool.name, ticket)),
    ...(read.subject.paths.length === 0
      ? []
      : [`It touches ${read.subject.paths.length} paths and writes ${read.subject.lines} lines.`]),
    ...(seen.taint.length === 0
      ? []
      : [
          `In this session the agent has read what others wrote: ${seen.taint.map((origin) => origin.replaceAll("_", " ")).join(", ")}.`,
        ]),
    ...(seen.suspected ? ["Text that reached the agent looks like instructions to it. Read it before you agree."] : []),
  ];
}

export function approvalOf(
  planning: Planning,
  {
    call,
    argsHash,
    verdict,
    set,
    explanation,
    facts,
  }: {
    readonly call: CallId;
    readonly argsHash: Digest;
    readonly verdict: Verdict;
    /** The rules in force: a yes under others is none. */
    readonly set: string;
    readonly explanation: string;
    readonly facts: Facts;
  },
): NewApproval {
  const { who, tool, read, found, seen } = planning;
  const { repository, pull } = found;
  return {
    call,
    digest: argsHash,
    policySet: set,
    headSha: pull?.head ?? null,
    agent: who.agent,
    requester: who.requester,
    risk: tool.asking.risk,
    quorum: Math.max(tool.asking.quorum, quorumOf(verdict)),
    minutes: tool.asking.minutes,
    facts,
    shown: {
      title: titleOf(read.wouldDo),
      tool: tool.name,
      agent: who.name,
      requester: who.requesterName,
      repository: repository?.name ?? null,
      observed: observations(planning),
      recommended: seen.suspected
        ? "Say no, unless you have read where the agent got this from."
        : "Say yes if this is what you want done, exactly as it stands here.",
      rules: citedRules(verdict),
      confidence: doubtsOf(planning),
      arguments: argumentsOf(read),
      preview: read.preview,
      consequences: `${explanation} ${tool.irreversible ? "It cannot be undone." : "It can be undone."}`,
    },
    // X16: a pull request that may have been written to steer the agent is not where people are told about it.
    deliver:
      repository === null || pull === null || read.subject.pull === null || seen.suspected
        ? null
        : { repository, number: read.subject.pull, sha: pull.head },
  };
}
