import type { Command } from "commander";
import type { Terminal } from "./command.ts";

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
  | { readonly kind: "refused"; readonly problems: readonly string[] };
export type Rotate = (prefix: string) => Promise<RotateAnswer>;

export function tenantRotate(group: Command, terminal: Terminal, rotate: Rotate): void {
  group
    .command("rotate")
    .argument("<prefix>", "the client")
    .description(
      "Give a client a new key: its data keys are wrapped under it at once. What it replaces opens old backups for 90 days, and then nothing. Cut off, run it again.",
    )
    .option("--json", "print JSON")
    .action(async (prefix: string, { json }: { readonly json?: boolean }) => {
      const answer = await rotate(prefix);
      if (json === true) terminal.out(JSON.stringify(answer));
      if (answer.kind === "refused") {
        for (const problem of answer.problems) terminal.err(problem);
        return terminal.exit(2);
      }
      const { version, rewrapped, unreadable, ended } = answer;
      if (json !== true) {
        terminal.out(`${answer.prefix} has key ${version} now; ${rewrapped} data keys are wrapped under it.`);
        if (ended !== null)
          terminal.out(`Its keys up to ${ended} are destroyed: backups from their time open no more.`);
      }
      if (unreadable === 0) return;
      terminal.err(
        `${unreadable} data keys open under no version of its key, as before: somebody altered them in the database. See docs/runbooks/keys.md.`,
      );
      terminal.exit(1);
    });
}
