import type { Proposal } from "#approvals/io";
import { iso } from "#kernel";
import { printable, printableJson } from "./audit/printable.ts";
import { ONE_TENANT, refusing, type Refused, type Register } from "./command.ts";
import { policyGroup } from "./policy-group.ts";

interface Named {
  readonly tenant: string | null;
  /** Its id, or the rule's. */
  readonly proposal: string;
}

export interface ProposalPorts {
  readonly list: (asked: {
    readonly tenant: string | null;
    readonly all: boolean;
  }) => Promise<Refused | { readonly kind: "proposals"; readonly proposals: readonly Proposal[] }>;
  readonly show: (asked: Named) => Promise<Refused | { readonly kind: "proposal"; readonly proposal: Proposal }>;
  readonly accept: (
    asked: Named,
  ) => Promise<Refused | { readonly kind: "accepted"; readonly rule: string; readonly files: readonly string[] }>;
  readonly drop: (asked: Named) => Promise<Refused | { readonly kind: "dropped"; readonly rule: string }>;
}

interface Options {
  readonly tenant?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

export function policyProposals(ports: ProposalPorts): Register {
  return (program, terminal) => {
    const refuse = refusing(terminal);
    const group = policyGroup(program)
      .command("proposals")
      .description("Rules that people's answers to approvals would become. Nothing is in force before it is accepted.");
    const named = (proposal: string, { tenant }: Options): Named => ({ tenant: tenant ?? null, proposal });
    group
      .command("list")
      .description("What was proposed and not decided yet.")
      .option(...ONE_TENANT)
      .option("--all", "those that were accepted or dropped, too")
      .option("--json", "for programs")
      .action(async ({ tenant, all, json }: Options) => {
        const answer = await ports.list({ tenant: tenant ?? null, all: all === true });
        if (answer.kind === "refused") return refuse(answer.problems, json);
        if (json === true) terminal.out(printableJson(answer.proposals.map(documentOf), 0));
        else if (answer.proposals.length === 0) terminal.out("No rule is proposed.");
        else for (const each of answer.proposals) terminal.out(printable(lineOf(each)));
        terminal.exit(0);
      });
    group
      .command("show")
      .argument("<proposal>", "its id, or the rule's")
      .description("The files as they would stand in the client's constitution.")
      .option(...ONE_TENANT)
      .option("--json", "for programs")
      .action(async (id: string, options: Options) => {
        const answer = await ports.show(named(id, options));
        if (answer.kind === "refused") return refuse(answer.problems, options.json);
        const { files } = answer.proposal;
        if (options.json === true) terminal.out(printableJson(documentOf(answer.proposal)));
        else
          for (const text of [lineOf(answer.proposal), files.cedar, files.cases, files.prose])
            for (const line of text?.trimEnd().split("\n") ?? []) terminal.out(printable(line));
        terminal.exit(0);
      });
    group
      .command("accept")
      .argument("<proposal>", "its id, or the rule's")
      .description(
        "Try it among the client's rules, and put it into its constitution as files of its own. In force when the rules are read next.",
      )
      .option(...ONE_TENANT)
      .option("--json", "for programs")
      .action(async (id: string, options: Options) => {
        const answer = await ports.accept(named(id, options));
        if (answer.kind === "refused") return refuse(answer.problems, options.json);
        if (options.json === true) terminal.out(printableJson(answer, 0));
        else terminal.out(printable(`${answer.rule} is accepted: ${answer.files.join(", ")}`));
        terminal.exit(0);
      });
    group
      .command("drop")
      .argument("<proposal>", "its id, or the rule's")
      .description("It will be no rule. The log keeps that it was proposed.")
      .option(...ONE_TENANT)
      .option("--json", "for programs")
      .action(async (id: string, options: Options) => {
        const answer = await ports.drop(named(id, options));
        if (answer.kind === "refused") return refuse(answer.problems, options.json);
        if (options.json === true) terminal.out(printableJson(answer, 0));
        else terminal.out(printable(`${answer.rule} is dropped.`));
        terminal.exit(0);
      });
  };
}

const documentOf = ({ at, ...proposal }: Proposal) => ({ ...proposal, at: iso(at) });

const lineOf = ({ proposal, rule, kind, state, at, files }: Proposal): string =>
  `${proposal}  ${rule}  ${kind}  ${state}  ${iso(at)}  after: ${files.title}`;
