// `slack` and `mail`: where a client's tickets come from, as the operator connects and looks after it.

import type { Command } from "commander";
import { iso, type Instant } from "#kernel";
import { printable } from "./audit/printable.ts";
import { ONE_TENANT, refusing, type Refused, type Register, type Terminal } from "./command.ts";

interface Workspace {
  readonly team: string;
  readonly channels: readonly string[];
}

interface KeptMail {
  readonly id: string;
  readonly why: keyof typeof WHY;
  readonly at: Instant;
  readonly from: string;
  readonly subject: string;
}

export interface SlackConnected {
  readonly kind: "slack";
  /** null: none. */
  readonly workspace: Workspace | null;
  /** What Slack's settings page of the app asks for, by its name there. */
  readonly addresses: readonly { readonly what: string; readonly url: string }[];
}

/** What a look at a source found, a line for each thing. */
export interface SourceChecked {
  readonly kind: "checked";
  readonly lines: readonly { readonly ok: boolean; readonly text: string }[];
}

export interface SourcePorts {
  readonly slack: {
    check(tenant: string): Promise<Refused | SourceChecked>;
    connect(tenant: string, workspace: Workspace): Promise<Refused | SlackConnected>;
    show(tenant: string): Promise<Refused | SlackConnected>;
    disconnect(tenant: string): Promise<Refused | SlackConnected>;
  };
  readonly mail: {
    check(tenant: string): Promise<Refused | SourceChecked>;
    list(tenant: string | null): Promise<Refused | { readonly kind: "mails"; readonly mails: readonly KeptMail[] }>;
    release(
      tenant: string | null,
      id: string,
    ): Promise<Refused | { readonly kind: "released"; readonly ticket: string }>;
    drop(tenant: string | null, id: string): Promise<Refused | { readonly kind: "dropped" }>;
  };
}

interface Options {
  readonly tenant?: string;
  readonly json?: boolean;
}

const WHY = {
  stranger: "nobody known wrote it",
  forged: "the receiving server says it is not from there",
  no_ticket: "it belongs to no ticket",
} as const;
const several = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text];
const ID = /^[A-Z0-9]{1,32}$/;

/** 0: all of it works; 1: something does not. */
function checkOf(
  group: Command,
  terminal: Terminal,
  what: string,
  check: (prefix: string) => Promise<Refused | SourceChecked>,
): void {
  group
    .command("check")
    .argument("<prefix>", "whose it is")
    .description(what)
    .option("--json", "print JSON")
    .action(async (prefix: string, { json }: Options) => {
      const found = await check(prefix);
      if (found.kind === "refused") return refusing(terminal)(found.problems, json);
      if (json === true) terminal.out(JSON.stringify({ lines: found.lines }));
      else for (const { ok, text } of found.lines) terminal.out(printable(`${ok ? "ok   " : "WRONG"} ${text}`));
      terminal.exit(found.lines.every(({ ok }) => ok) ? 0 : 1);
    });
}

export function slackSource(ports: SourcePorts["slack"]): Register {
  return (program, terminal) => {
    const refuse = refusing(terminal);
    const group = program
      .command("slack")
      .description("A client's Slack workspace, as a place where tickets come from.");
    const shown = (found: Refused | SlackConnected, json: boolean | undefined): void => {
      if (found.kind === "refused") return refuse(found.problems, json);
      if (json === true)
        return terminal.out(JSON.stringify({ workspace: found.workspace, addresses: found.addresses }));
      if (found.workspace === null) return terminal.out("No workspace is connected.");
      const { team, channels } = found.workspace;
      terminal.out(
        `Workspace ${team}; each message opens a ticket in: ${channels.length === 0 ? "no channel" : channels.join(", ")}.`,
      );
      for (const { what, url } of found.addresses) terminal.out(printable(`${what}: ${url}`));
    };
    group
      .command("connect")
      .argument("<prefix>", "whose workspace it is")
      .description(
        "Say which workspace is a client's. Its app's addresses are printed; set SLACK_SIGNING_SECRET first.",
      )
      .requiredOption("--team <id>", "the workspace, as T0123ABCD")
      .option("--channel <id>", "where each message opens a ticket, as C0123ABCD; several times", several)
      .option("--json", "print JSON")
      .action(
        async (prefix: string, { team, channel, json }: Options & { team: string; channel?: readonly string[] }) => {
          const channels = channel ?? [];
          if (!/^[TE]/.test(team) || ![team, ...channels].every((id) => ID.test(id)))
            return refuse(
              ["Slack's own ids have capital letters and digits: a workspace T0123ABCD, a channel C0123ABCD."],
              json,
            );
          shown(await ports.connect(prefix, { team, channels }), json);
        },
      );
    group
      .command("show")
      .argument("<prefix>", "whose workspace")
      .description("Which workspace is connected, and what Slack has to call.")
      .option("--json", "print JSON")
      .action(async (prefix: string, { json }: Options) => shown(await ports.show(prefix), json));
    checkOf(
      group,
      terminal,
      "Ask Slack now whether what is set works, and say what to do where it does not.",
      (prefix) => ports.check(prefix),
    );
    group
      .command("disconnect")
      .argument("<prefix>", "whose workspace")
      .description("From now on nothing from Slack is this client's.")
      .option("--json", "print JSON")
      .action(async (prefix: string, { json }: Options) => shown(await ports.disconnect(prefix), json));
  };
}

export function mailSource(ports: SourcePorts["mail"]): Register {
  return (program, terminal) => {
    const refuse = refusing(terminal);
    const mail = program.command("mail").description("A client's mailbox, as a place where tickets come from.");
    checkOf(
      mail,
      terminal,
      "Try now whether the mailbox is read, say what to do where it is not, and have the server look at once.",
      (prefix) => ports.check(prefix),
    );
    const group = mail.command("quarantine").description("Mail that belongs to no ticket and is from nobody known.");
    group
      .command("list")
      .description("What waits for somebody, the newest first.")
      .option(...ONE_TENANT)
      .option("--json", "print JSON, one line for each mail")
      .action(async ({ tenant, json }: Options) => {
        const found = await ports.list(tenant ?? null);
        if (found.kind === "refused") return refuse(found.problems, json);
        for (const mail of found.mails)
          terminal.out(
            json === true
              ? JSON.stringify({ ...mail, at: iso(mail.at) })
              : printable(`${mail.id}  ${iso(mail.at)}  ${mail.from}  ${mail.subject}  (${WHY[mail.why]})`),
          );
        if (json !== true && found.mails.length === 0) terminal.err("Nothing waits.");
      });
    group
      .command("release")
      .argument("<id>", "from `countersign mail quarantine list`")
      .description(
        "Let it in: it lands where it says, or opens a ticket, and its sender is on that ticket from then on.",
      )
      .option(...ONE_TENANT)
      .option("--json", "print JSON")
      .action(async (id: string, { tenant, json }: Options) => {
        const done = await ports.release(tenant ?? null, id);
        if (done.kind === "refused") return refuse(done.problems, json);
        terminal.out(json === true ? JSON.stringify(done) : printable(`It is on ${done.ticket}.`));
      });
    group
      .command("drop")
      .argument("<id>", "from `countersign mail quarantine list`")
      .description("Delete it here. It stays in the mailbox.")
      .option(...ONE_TENANT)
      .option("--json", "print JSON")
      .action(async (id: string, { tenant, json }: Options) => {
        const done = await ports.drop(tenant ?? null, id);
        if (done.kind === "refused") return refuse(done.problems, json);
        terminal.out(json === true ? JSON.stringify(done) : "It is dropped.");
      });
  };
}
