import type { Command } from "commander";
import { isReason } from "#identity";
import { refusing, type Refused, type Terminal } from "./command.ts";
import { pendingJson, pendingLines, type Pending } from "./pending.ts";
import { breakGlassJson, breakGlassLines, checklistLines, type BrokenGlass, type Revocation } from "./rotate-text.ts";

export type RotateAnswer =
  | {
      readonly kind: "rotated";
      readonly prefix: string;
      readonly version: number;
      /** Data keys. */
      readonly rewrapped: number;
      readonly unreadable: number;
      /** null: no earlier version was old enough to end. */
      readonly ended: number | null;
    }
  | Refused;

export interface RotatePorts {
  readonly one: (prefix: string) => Promise<RotateAnswer>;
  /** Each client whose key is older than a day, and the platform's own log; a run that was cut off goes on with the rest. */
  readonly all: (
    each: (answer: RotateAnswer & { readonly prefix: string; readonly at: number; readonly of: number }) => void,
  ) => Promise<
    Refused | { readonly kind: "all"; readonly rotated: number; readonly skipped: number; readonly failed: number }
  >;
  readonly breakGlass: (asked: {
    readonly prefix: string;
    readonly reason: string;
  }) => Promise<Refused | Pending | BrokenGlass>;
  readonly checklist: (
    prefix: string,
    revoked: readonly string[],
  ) => Promise<Refused | { readonly kind: "checklist"; readonly checklist: readonly Revocation[] }>;
}

interface Options {
  readonly all?: boolean;
  readonly breakGlass?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

export function tenantRotate(group: Command, terminal: Terminal, ports: RotatePorts): void {
  const refuse = refusing(terminal);

  group
    .command("rotate")
    .argument("[prefix]", "the client; with --all: none")
    .description(
      "Give a client a new key: its data keys are wrapped under it at once. What it replaces opens old backups for 90 days, and then nothing. Cut off, run it again.",
    )
    .option("--all", "every client, one after the other, and the platform's own log")
    .option(
      "--break-glass",
      "somebody may have the key: replace all of them at once. Needs a reason and a second operator",
    )
    .option("--reason <text>", "with --break-glass, why: the client's log keeps it")
    .option("--json", "print JSON")
    .action(async (prefix: string | undefined, options: Options) => {
      const problems = misused(prefix, options);
      if (problems.length > 0) return refuse(problems, options.json);
      if (options.all === true) return every(options.json === true);
      if (prefix === undefined) return;
      return options.breakGlass === true
        ? broken(prefix, options.reason ?? "", options.json === true)
        : single(prefix, options.json === true);
    });

  group
    .command("revocations")
    .argument("<prefix>", "the client")
    .description(
      "After a break-glass rotation: the credentials to revoke where they came from, by whom and until when.",
    )
    .option("--done <name...>", "these were revoked there")
    .option("--json", "print JSON")
    .action(async (prefix: string, { done, json }: { readonly done?: readonly string[]; readonly json?: boolean }) => {
      const found = await ports.checklist(prefix, done ?? []);
      if (found.kind === "refused") return refuse(found.problems, json);
      if (json === true) terminal.out(JSON.stringify(found.checklist));
      else for (const line of checklistLines(found.checklist)) terminal.out(line);
      if (found.checklist.some(({ overdue }) => overdue)) terminal.exit(1);
    });

  async function single(prefix: string, json: boolean): Promise<void> {
    const answer = await ports.one(prefix);
    if (answer.kind === "refused") return refuse(answer.problems, json);
    if (json) terminal.out(JSON.stringify(answer));
    say(answer, json);
  }

  function say(answer: Exclude<RotateAnswer, Refused>, json: boolean): void {
    const { prefix, version, rewrapped, unreadable, ended } = answer;
    if (!json) {
      terminal.out(`${prefix} has key ${version} now; ${rewrapped} data keys are wrapped under it.`);
      if (ended !== null) terminal.out(`Its keys up to ${ended} are destroyed: backups from their time open no more.`);
    }
    if (unreadable === 0) return;
    terminal.err(
      `${unreadable} data keys of ${prefix} open under no version of its key, as before: somebody altered them in the database. See docs/runbooks/keys.md.`,
    );
    terminal.exit(1);
  }

  async function every(json: boolean): Promise<void> {
    const done = await ports.all(({ at, of, ...answer }) => {
      if (json) return terminal.out(JSON.stringify({ ...answer, at, of }));
      terminal.err(`${at} of ${of}: ${answer.prefix}`);
      if (answer.kind === "refused") for (const problem of answer.problems) terminal.err(problem);
      else say(answer, json);
    });
    if (done.kind === "refused") return refuse(done.problems, json);
    const { rotated, skipped, failed } = done;
    if (json) terminal.out(JSON.stringify(done));
    else
      terminal.out(
        `${rotated} keys were rotated${skipped > 0 ? `; ${skipped} were younger than a day and left as they are` : ""}${failed > 0 ? `; ${failed} were not: run it again` : ""}.`,
      );
    if (failed > 0) terminal.exit(1);
  }

  async function broken(prefix: string, reason: string, json: boolean): Promise<void> {
    const done = await ports.breakGlass({ prefix, reason: reason.trim() });
    if (done.kind === "refused") return refuse(done.problems, json);
    if (done.kind === "pending") {
      if (json) terminal.out(pendingJson(done));
      else for (const line of pendingLines(done, `the same command, with the same --reason`)) terminal.out(line);
      return terminal.exit(1);
    }
    if (json) terminal.out(breakGlassJson(prefix, done));
    else for (const line of breakGlassLines(prefix, done)) terminal.out(line);
    for (const problem of done.problems) terminal.err(problem);
    if (done.problems.length > 0) terminal.exit(1);
  }
}

function misused(prefix: string | undefined, { all, breakGlass, reason }: Options): readonly string[] {
  if (all === true)
    return prefix !== undefined || breakGlass === true
      ? ["--all takes neither a client nor --break-glass: glass is broken for one client at a time."]
      : [];
  if (prefix === undefined) return ["Which client? Name it, or give --all."];
  if (breakGlass !== true) return reason === undefined ? [] : ["--reason is for --break-glass."];
  return reason !== undefined && isReason(reason)
    ? []
    : ["--break-glass needs --reason, of 1 to 500 characters: the client's log keeps it."];
}
