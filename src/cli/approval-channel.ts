import type { Command } from "commander";
import { printable } from "./audit/printable.ts";
import { refusing, type Refused, type Terminal } from "./command.ts";

export interface ToldWhere {
  /** null: nobody is told there. */
  readonly slack: { readonly team: string; readonly channel: string } | null;
  readonly mail: readonly { readonly login: string; readonly address: string }[];
}

export interface ApprovalChannelPorts {
  readonly list: (tenant: string) => Promise<Refused | ({ readonly kind: "told" } & ToldWhere)>;
  /** null: told there no more. */
  readonly slack: (asked: {
    readonly tenant: string;
    readonly place: { readonly team: string; readonly channel: string } | null;
  }) => Promise<Refused | { readonly kind: "set" }>;
  readonly mail: (asked: {
    readonly tenant: string;
    readonly login: string;
    readonly address: string | null;
  }) => Promise<Refused | { readonly kind: "set" }>;
}

interface Options {
  readonly tenant: string;
  readonly json?: boolean;
}

export function approvalChannel(group: Command, ports: ApprovalChannelPorts, terminal: Terminal): void {
  const refuse = refusing(terminal);
  const done = (answer: Refused | { readonly kind: "set" }, json: boolean | undefined, line: string): void => {
    if (answer.kind === "refused") return refuse(answer.problems, json);
    terminal.out(json === true ? JSON.stringify(answer) : printable(line));
    terminal.exit(0);
  };
  const channel = group
    .command("channel")
    .description(
      "Where approvers are told of what waits, beside the page and the pull request. A yes is given on the page alone.",
    );
  const set = channel.command("set").description("Tell approvers there, from now on.");
  const remove = channel.command("remove").description("Tell them there no more.");
  for (const [parent, adds] of [
    [set, true],
    [remove, false],
  ] as const) {
    const slack = parent
      .command("slack")
      .description("One channel of the client's workspace. Its bot token is a secret of the client's: SLACK_BOT_TOKEN.")
      .requiredOption("--tenant <prefix>", "whose approvers")
      .option("--json", "print JSON");
    if (adds)
      slack
        .requiredOption("--team <id>", "the workspace's id, as T0123ABCD")
        .requiredOption("--channel <id>", "the channel's id, as C0123ABCD; the bot has to be in it");
    slack.action(async ({ tenant, json, team, channel: id }: Options & { team?: string; channel?: string }) =>
      done(
        await ports.slack({ tenant, place: team === undefined || id === undefined ? null : { team, channel: id } }),
        json,
        adds ? "Approvers are told in that channel." : "Approvers are told in Slack no more.",
      ),
    );
    const mail = parent
      .command("mail")
      .argument("<login>", "the approver, as `person list` shows them")
      .description("One approver, at one address. Each mail has a link of their own, which asks them to sign in.")
      .requiredOption("--tenant <prefix>", "whose approver")
      .option("--json", "print JSON");
    if (adds) mail.requiredOption("--address <address>", "as ann@acme.example");
    mail.action(async (login: string, { tenant, json, address }: Options & { address?: string }) =>
      done(
        await ports.mail({ tenant, login, address: address ?? null }),
        json,
        adds ? `${login} is told by mail.` : `${login} is told by mail no more.`,
      ),
    );
  }
  channel
    .command("list")
    .description("Where approvers are told.")
    .requiredOption("--tenant <prefix>", "whose approvers")
    .option("--json", "print JSON")
    .action(async ({ tenant, json }: Options) => {
      const told = await ports.list(tenant);
      if (told.kind === "refused") return refuse(told.problems, json);
      const { slack, mail } = told;
      if (json === true) terminal.out(JSON.stringify({ slack, mail }));
      else if (slack === null && mail.length === 0)
        terminal.out("Nobody is told outside the page: countersign approval channel set slack|mail.");
      else {
        if (slack !== null) terminal.out(printable(`slack  workspace ${slack.team}, channel ${slack.channel}`));
        for (const { login, address } of mail) terminal.out(printable(`mail   ${login}  ${address}`));
      }
      terminal.exit(0);
    });
}
