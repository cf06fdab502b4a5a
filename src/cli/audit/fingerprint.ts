import type { Register } from "../command.ts";
import { auditGroup } from "./group.ts";

export type GuardAnswer =
  | {
      readonly kind: "read";
      readonly fingerprint: string;
      /** null: none was ever recorded. */
      readonly expected: { readonly fingerprint: string; readonly reason: string; readonly at: string } | null;
      /** '-' and '+' lines; empty when all is as expected. */
      readonly drift: readonly string[];
      /** DDL that would change the guards is refused; otherwise changes are only found. */
      readonly refusing: boolean;
    }
  | { readonly kind: "unreadable"; readonly problems: readonly string[] };

/** `accept`: the reason for which what is there is expected from now on; null only looks. */
export type ReadGuards = (accept: string | null, say: (line: string) => void) => Promise<GuardAnswer>;

export function fingerprint(read: ReadGuards): Register {
  return (program, terminal) => {
    auditGroup(program)
      .command("fingerprint")
      .description(
        "Compare the database's guards (grants, triggers, policies, roles) with what is expected. Status 0: the same, 1: changed, 2: not readable.",
      )
      .option(
        "--accept <reason>",
        "expect what is there from now on; recorded with the reason. Needs DATABASE_ADMIN_URL",
      )
      .option("--json", "print JSON")
      .action(async (options: { readonly accept?: string; readonly json?: boolean }) => {
        const answer = await read(options.accept ?? null, options.json === true ? () => {} : terminal.err);
        if (options.json === true) terminal.out(JSON.stringify(answer));
        else for (const line of linesOf(answer)) (answer.kind === "unreadable" ? terminal.err : terminal.out)(line);
        terminal.exit(answer.kind === "unreadable" ? 2 : answer.drift.length === 0 ? 0 : 1);
      });
  };
}

function linesOf(answer: GuardAnswer): readonly string[] {
  if (answer.kind === "unreadable") return answer.problems;
  const { expected, drift, refusing } = answer;
  return [
    `fingerprint  ${answer.fingerprint}`,
    expected === null ? "expected     none was ever recorded" : `expected     ${expected.fingerprint}`,
    ...(expected === null ? [] : [`             since ${expected.at}: ${expected.reason}`]),
    refusing
      ? "guarding     DDL that changes the guards is refused, and changes are looked for"
      : "guarding     changes are looked for and not refused: this database has no event triggers of ours",
    drift.length === 0 ? "drift        none" : `drift        ${drift.length} line(s): '-' is gone, '+' is new`,
    ...drift.map((line) => `  ${line}`),
    ...(drift.length === 0
      ? []
      : ["Find out who did it (docs/runbooks/break-glass.md). Put it right, or accept it: --accept REASON"]),
  ];
}
