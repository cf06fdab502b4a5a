// Offboarding on the command line: one confirmation, what happens next in words, and a checklist of what is left.

import type { Command } from "commander";
import { iso, type Instant } from "#kernel";
import type { Check } from "#tenants";
import { refusing, type Refused, type Terminal } from "./command.ts";

export interface Progress {
  readonly prefix: string;
  readonly id: string;
  readonly state: "active" | "suspended" | "purging" | "purged";
  /** Until then it can be taken back. */
  readonly hardAfter: Instant;
  readonly over: boolean;
  readonly steps: readonly { readonly step: string; readonly at: Instant | null }[];
  readonly problem: string | null;
  /** A server that runs here goes on by itself. */
  readonly byServer: boolean;
  readonly ended: boolean;
}

export type OffboardAnswer =
  | Refused
  | { readonly kind: "ordered" | "already" | "resumed"; readonly progress: Progress }
  /** Two operators have to want it. */
  | { readonly kind: "pending"; readonly id: string; readonly digest: string; readonly expiresAt: Instant };

export type VerifyAnswer =
  | Refused
  | {
      readonly kind: "active";
      readonly prefix: string;
      readonly id: string;
      readonly state: string;
      /** Rows by table, as the auditor counts them. */
      readonly rows: Readonly<Record<string, number>>;
      readonly checks: readonly Check[];
    }
  | { readonly kind: "leaving"; readonly progress: Progress }
  | {
      readonly kind: "gone";
      readonly id: string;
      readonly checks: readonly Check[];
      /** The entry in the platform's log. */
      readonly certificate: string | null;
      readonly horizon: Instant | null;
      readonly slots: readonly string[];
    };

export interface OffboardPorts {
  readonly ask: (question: string) => Promise<string>;
  /** The id that a client's name stands for. */
  readonly identify: (prefix: string) => Promise<Refused | { readonly kind: "client"; readonly id: string }>;
  readonly offboard: (asked: {
    readonly prefix: string;
    readonly id: string;
    readonly reason: string;
  }) => Promise<OffboardAnswer>;
  readonly resume: (asked: { readonly prefix: string; readonly override: string | null }) => Promise<OffboardAnswer>;
  readonly verify: (named: string) => Promise<VerifyAnswer>;
}

const WORDS: Readonly<Record<string, string>> = {
  leases_revoked: "leases are revoked",
  installations_suspended: "its installation is suspended at GitHub",
  api_keys_disabled: "its API keys are disabled",
  installations_resumed: "its installation is taken back at GitHub",
  provider_revoked: "the App is uninstalled at GitHub, and leases are dead",
  keys_destroyed: "its keys are destroyed: every copy of its data is unreadable",
  rows_deleted: "its rows are deleted",
  files_removed: "its folder and files are removed",
  analysed: "statistics are made anew",
  verified: "nothing was found in any place",
  certified: "the certificate is signed",
};

/** Due, and nothing begun: nobody outside has the order yet. */
const UNWITNESSED =
  "It begins when a witness has signed the order, at the next epoch. Where AUDIT_WITNESSES names none, that never comes: docs/witnesses.md.";

const stepLines = ({ steps }: Progress): readonly string[] =>
  steps.map(({ step, at }) => `  ${at === null ? "to come" : "done   "}  ${WORDS[step] ?? step}`);

function progressLines(now: Progress): readonly string[] {
  const { prefix, id } = now;
  if (now.ended) return [`${prefix} is gone. What is left to look at: countersign tenant verify ${id}`];
  const problem = now.problem === null ? [] : [`It does not go on: ${now.problem} It is tried again.`];
  const next =
    now.state === "suspended" && !now.over
      ? [
          `Until ${iso(now.hardAfter)} (five minutes from the order) it can be taken back, whole:`,
          `  countersign tenant reinstate ${prefix} --reason TEXT`,
          now.byServer
            ? "After that the running server erases it by itself, and signs a certificate. How far it is:"
            : "After that nobody can. No server here has the operator's access, so erase it then by hand:",
          `  countersign tenant ${now.byServer ? `verify ${prefix}` : `offboard --resume ${prefix}`}`,
        ]
      : [
          "It cannot be taken back any more.",
          ...(now.state === "suspended" ? [UNWITNESSED] : []),
          now.byServer
            ? `The running server goes on by itself. How far it is: countersign tenant verify ${prefix}`
            : `Go on with: countersign tenant offboard --resume ${prefix}`,
        ];
  return [...stepLines(now), ...problem, ...next];
}

export const progressJson = ({ hardAfter, steps, ...now }: Progress) => ({
  ...now,
  hardAfter: iso(hardAfter),
  steps: steps.map(({ step, at }) => ({ step, at: at === null ? null : iso(at) })),
});

const MARK: Readonly<Record<Check["result"], string>> = { pass: "ok     ", fail: "LEFT   ", unknown: "UNKNOWN" };
const checkLines = (checks: readonly Check[]): readonly string[] =>
  checks.flatMap(({ id, what, result, found }) => [
    `  ${MARK[result]}  (${id}) ${what}`,
    ...found.map((one) => `             ${one}`),
  ]);

function verifyLines(answer: Exclude<VerifyAnswer, Refused>): readonly string[] {
  switch (answer.kind) {
    case "leaving":
      return [
        `${answer.progress.prefix} is leaving: nobody has access to its data.`,
        ...progressLines(answer.progress),
      ];
    case "active":
      return [
        `${answer.prefix} (${answer.id}) is ${answer.state}. What there is of it:`,
        ...Object.entries(answer.rows)
          .filter(([, n]) => n > 0)
          .map(([table, n]) => `  ${String(n).padStart(9)}  ${table}`),
        "And whether it is kept apart:",
        ...checkLines(answer.checks),
      ];
    case "gone":
      return [
        `${answer.id} is gone. Looked for in every place there is:`,
        ...checkLines(answer.checks),
        ...(answer.certificate === null
          ? ["It has no certificate: it was erased before there were any, or is not at its end."]
          : [
              `Its certificate is entry ${answer.certificate} of the platform's log: countersign tenant certificate ${answer.id} --out FILE`,
            ]),
        ...(answer.horizon === null
          ? []
          : [`Backups and archived WAL may hold ciphertext of it, which nothing opens, until ${iso(answer.horizon)}.`]),
        ...(answer.slots.length === 0
          ? ["No replication slot keeps WAL."]
          : answer.slots.map((slot) => `Replication slot ${slot} may keep WAL with values of it.`)),
      ];
  }
}

interface Options {
  readonly reason?: string;
  readonly yes?: string;
  readonly json?: boolean;
  readonly resume?: boolean;
  readonly overrideProvider?: string;
}

const MOST_REASON = 500;
const isText = (text: string | undefined): text is string =>
  text !== undefined && text.trim() !== "" && text.length <= MOST_REASON;

export function tenantOffboard(group: Command, terminal: Terminal, ports: OffboardPorts): void {
  const refuse = refusing(terminal);

  function show(answer: OffboardAnswer, json = false): void {
    if (answer.kind === "refused") return refuse(answer.problems, json);
    if (answer.kind === "pending") {
      if (json) terminal.out(JSON.stringify({ ...answer, expiresAt: iso(answer.expiresAt) }));
      else {
        terminal.out("Nothing was done yet: two operators have to want this. A second one confirms it with:");
        terminal.out(`  countersign operator confirm ${answer.id}`);
        terminal.out(`(SHA-256 ${answer.digest}) before ${iso(answer.expiresAt)}; then run this command again.`);
      }
      return terminal.exit(1);
    }
    const { progress } = answer;
    if (json) terminal.out(JSON.stringify({ kind: answer.kind, ...progressJson(progress) }));
    else {
      if (answer.kind === "ordered")
        terminal.out(
          `${progress.prefix} is leaving. Nobody has access to its data any more: no webhook, API key, job or agent.`,
        );
      if (answer.kind === "already")
        terminal.out(`${progress.prefix} was leaving already: nothing was changed by this.`);
      for (const line of progressLines(progress)) terminal.out(line);
    }
    terminal.exit(progress.problem === null ? 0 : 1);
  }

  group
    .command("offboard")
    .argument("<prefix>", "the client")
    .description(
      "A client leaves: all access ends at once, for five minutes it can be taken back, then it is erased everywhere, with a signed certificate.",
    )
    .option("--reason <text>", "why: the log keeps it")
    .option("--yes <prefix:id>", "do not ask to type name and id; `tenant show` has the id")
    .option("--resume", "go on with one that is under way, also where no server does")
    .option(
      "--override-provider <reason>",
      "with --resume: destroy keys although GitHub does not answer. An entry says so.",
    )
    .option("--json", "print JSON")
    .action(async (prefix: string, { reason, yes, json, resume, overrideProvider }: Options) => {
      if (resume === true) {
        if (overrideProvider !== undefined && !isText(overrideProvider))
          return refuse([`--override-provider takes a reason of 1 to ${MOST_REASON} characters.`], json);
        return show(await ports.resume({ prefix, override: overrideProvider?.trim() ?? null }), json);
      }
      if (overrideProvider !== undefined)
        return refuse(["--override-provider goes with --resume: before that, there is nothing to override."], json);
      if (!isText(reason)) return refuse([`--reason takes 1 to ${MOST_REASON} characters. The log keeps it.`], json);
      const found = await ports.identify(prefix);
      if (found.kind === "refused") return refuse(found.problems, json);
      const wanted = `${prefix}:${found.id}`;
      const typed =
        yes ??
        (
          await ports.ask(
            `This ends all access to ${prefix} now, and erases it in five minutes. To go on, type ${wanted}\n> `,
          )
        ).trim();
      if (typed !== wanted)
        return refuse([`Nothing was changed: what was given is not ${wanted}. In a script: --yes ${prefix}:ID`], json);
      show(await ports.offboard({ prefix, id: found.id, reason: reason.trim() }), json);
    });

  group
    .command("verify")
    .argument("<prefix-or-id>", "the client, or the id of one that is gone")
    .description("What there is of a client, or whether anything is left of one, looked for in every place.")
    .option("--json", "print JSON")
    .action(async (named: string, { json }: Options) => {
      const answer = await ports.verify(named);
      if (answer.kind === "refused") return refuse(answer.problems, json);
      if (json === true)
        terminal.out(
          JSON.stringify(
            answer.kind === "leaving"
              ? { kind: answer.kind, ...progressJson(answer.progress) }
              : answer.kind === "gone"
                ? { ...answer, horizon: answer.horizon === null ? null : iso(answer.horizon) }
                : answer,
          ),
        );
      else for (const line of verifyLines(answer)) terminal.out(line);
      terminal.exit(answer.kind === "leaving" || answer.checks.every(({ result }) => result === "pass") ? 0 : 1);
    });
}
