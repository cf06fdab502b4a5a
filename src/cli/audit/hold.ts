import type { Register, Terminal } from "../command.ts";
import { auditGroup } from "./group.ts";

export type HoldAnswer =
  | { readonly kind: "done"; readonly said: string }
  | {
      readonly kind: "holds";
      readonly holds: readonly { readonly hold: string; readonly since: string; readonly lifted: string | null }[];
    }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

export interface HoldPorts {
  readonly set: (tenant: string, reason: string) => Promise<HoldAnswer>;
  readonly lift: (tenant: string, hold: string, reason: string) => Promise<HoldAnswer>;
  readonly list: (tenant: string) => Promise<HoldAnswer>;
  readonly forget: (tenant: string, subject: string) => Promise<HoldAnswer>;
}

const TENANT = "the tenant's name, as `countersign tenant onboard` was given it";
const REASON = "why; kept, sealed, in the log";
interface Given {
  readonly reason: string;
  readonly json?: boolean;
}

const NO_REASON: HoldAnswer = { kind: "refused", problems: ["--reason takes 1 to 500 characters: why this is done."] };
const isReason = ({ reason }: Given): boolean => reason.trim() !== "" && reason.length <= 500;

export function holds(ports: HoldPorts): Register {
  return (program, terminal) => {
    const audit = auditGroup(program);
    const hold = audit
      .command("hold")
      .description(
        "Legal holds: while one is on a tenant, nothing of it is erased or dropped. With an own PostgreSQL it needs DATABASE_ADMIN_URL.",
      );
    hold
      .command("set")
      .description("Put a hold on a tenant, and print its number.")
      .argument("<tenant>", TENANT)
      .requiredOption("--reason <text>", REASON)
      .option("--json", "print JSON")
      .action(async (tenant: string, given: Given) =>
        tell(terminal, isReason(given) ? await ports.set(tenant, given.reason) : NO_REASON, given.json),
      );
    hold
      .command("lift")
      .description("End a hold. Others that are on the tenant stay.")
      .argument("<tenant>", TENANT)
      .argument("<hold>", "its number: `countersign audit hold list <tenant>`")
      .requiredOption("--reason <text>", REASON)
      .option("--json", "print JSON")
      .action(async (tenant: string, id: string, given: Given) =>
        tell(terminal, isReason(given) ? await ports.lift(tenant, id, given.reason) : NO_REASON, given.json),
      );
    hold
      .command("list")
      .description("The holds of a tenant: those in force and those that were lifted.")
      .argument("<tenant>", TENANT)
      .option("--json", "print JSON")
      .action(async (tenant: string, { json }: Partial<Given>) => tell(terminal, await ports.list(tenant), json));
    audit
      .command("forget-subject")
      .description("Destroy the key of one person's data in a tenant's log. Final: nothing brings it back.")
      .argument("<tenant>", TENANT)
      .argument("<subject>", "whose data: github:7 for the account with the number 7")
      .option("--json", "print JSON")
      .action(async (tenant: string, subject: string, { json }: Partial<Given>) =>
        tell(terminal, await ports.forget(tenant, subject), json),
      );
  };
}

function tell(terminal: Terminal, answer: HoldAnswer, json: boolean | undefined): void {
  if (json === true) terminal.out(JSON.stringify(answer));
  else for (const line of linesOf(answer)) (answer.kind === "refused" ? terminal.err : terminal.out)(line);
  terminal.exit(answer.kind === "refused" ? 1 : 0);
}

function linesOf(answer: HoldAnswer): readonly string[] {
  switch (answer.kind) {
    case "done":
      return [answer.said];
    case "holds":
      return answer.holds.length === 0
        ? ["There is no hold on this tenant."]
        : answer.holds.map(
            ({ hold, since, lifted }) =>
              `${hold}  since ${since}  ${lifted === null ? "in force" : `lifted ${lifted}`}`,
          );
    case "refused":
      return answer.problems;
  }
}
