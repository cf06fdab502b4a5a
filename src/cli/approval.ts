import { voidWords, type Asked, type Standing } from "#approvals";
import { iso } from "#kernel";
import { approvalChannel, type ApprovalChannelPorts } from "./approval-channel.ts";
import { printable, printableJson } from "./audit/printable.ts";
import { ONE_TENANT, refusing, type Refused, type Register } from "./command.ts";

export interface ApprovalPorts {
  readonly list: (
    tenant: string | null,
  ) => Promise<Refused | { readonly kind: "approvals"; readonly approvals: readonly Asked[] }>;
  readonly show: (asked: {
    readonly tenant: string | null;
    readonly approval: string;
  }) => Promise<Refused | { readonly kind: "approval"; readonly approval: Asked }>;
  readonly reject: (asked: {
    readonly tenant: string | null;
    readonly approval: string;
    readonly reason: string;
  }) => Promise<Refused | { readonly kind: "rejected" } | { readonly kind: "ended"; readonly standing: Standing }>;
}

interface Options {
  readonly tenant?: string;
  readonly json?: boolean;
}

export function approval(ports: ApprovalPorts, channels: ApprovalChannelPorts): Register {
  return (program, terminal) => {
    const refuse = refusing(terminal);
    const group = program
      .command("approval")
      .description(
        "What waits for a person. A yes is given on the page, signed in; from here it can be looked at and rejected.",
      );
    group
      .command("list")
      .description("What waits, the next to expire first. Status 1: something waits.")
      .option(...ONE_TENANT)
      .option("--json", "for programs")
      .action(async ({ tenant, json }: Options) => {
        const answer = await ports.list(tenant ?? null);
        if (answer.kind === "refused") return refuse(answer.problems, json);
        const { approvals } = answer;
        if (json === true) terminal.out(printableJson(approvals.map(documentOf), 0));
        else if (approvals.length === 0) terminal.out("Nothing waits for a person.");
        else for (const each of approvals) terminal.out(printable(lineOf(each)));
        terminal.exit(approvals.length === 0 ? 0 : 1);
      });
    group
      .command("show")
      .argument("<approval>", "its id")
      .description("One request with everything that is needed to decide.")
      .option(...ONE_TENANT)
      .option("--json", "for programs")
      .action(async (id: string, { tenant, json }: Options) => {
        const answer = await ports.show({ tenant: tenant ?? null, approval: id });
        if (answer.kind === "refused") return refuse(answer.problems, json);
        if (json === true) terminal.out(printableJson(documentOf(answer.approval)));
        else for (const line of textOf(answer.approval)) terminal.out(printable(line));
        terminal.exit(0);
      });
    group
      .command("reject")
      .argument("<approval>", "its id")
      .description("Say no, in your name. The agent is told the reason. Status 1: it had ended before.")
      .requiredOption("--reason <text>", "one sentence: the agent is told it")
      .option(...ONE_TENANT)
      .option("--json", "for programs")
      .action(async (id: string, { tenant, json, reason }: Options & { readonly reason: string }) => {
        const answer = await ports.reject({ tenant: tenant ?? null, approval: id, reason });
        if (answer.kind === "refused") return refuse(answer.problems, json);
        if (json === true) terminal.out(printableJson(answer, 0));
        else
          terminal.out(
            printable(answer.kind === "rejected" ? "Rejected." : `Nothing was changed: ${said(answer.standing)}.`),
          );
        terminal.exit(answer.kind === "rejected" ? 0 : 1);
      });
    approvalChannel(group, channels, terminal);
  };
}

const documentOf = ({ requestedAt, expiresAt, ...asked }: Asked) => ({
  ...asked,
  requestedAt: iso(requestedAt),
  expiresAt: iso(expiresAt),
});

const lineOf = ({ approval: id, shown, standing, risk }: Asked): string =>
  `${id}  ${shown.tool}  ${shown.title}  by ${shown.agent} for ${shown.requester}  ${risk === "high" ? "high risk  " : ""}${said(standing)}`;

function textOf(asked: Asked): readonly string[] {
  const { shown } = asked;
  const list = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
  return [
    lineOf(asked),
    `digest ${asked.digest}`,
    ...list("Observed:", shown.observed),
    `Recommended: ${shown.recommended}`,
    ...list(
      "Rules:",
      shown.rules.map(({ id, version, text }) => `${id}@${version}  ${text}`),
    ),
    ...list(`Confidence ${shown.confidence.value} of 100:`, shown.confidence.why),
    ...list(
      "Arguments:",
      shown.arguments.map(({ name, value }) => `${name} = ${value}`),
    ),
    ...(shown.preview === null ? [] : list("Preview:", shown.preview.split("\n"))),
    `Consequences: ${shown.consequences}`,
  ];
}

function said(standing: Standing): string {
  switch (standing.kind) {
    case "pending":
      return `waits: ${standing.yes} of ${standing.of} yes, until ${iso(standing.expiresAt)}`;
    case "approved":
      return `approved by ${standing.by.map(({ login }) => login).join(", ")}`;
    case "rejected":
      return `rejected by ${standing.by}: ${standing.reason}`;
    case "expired":
      return "denied: nobody decided in time";
    case "void":
      return `void: ${voidWords(standing.why)}`;
  }
}
