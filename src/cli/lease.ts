import { refusing, type Refused, type Register } from "./command.ts";

export interface ShownLease {
  readonly lease: string;
  readonly tenant: string;
  readonly run: string;
  readonly purpose: string;
  readonly kind: string;
  readonly state: string;
  /** Why it ended, or what a person should know. */
  readonly why: string | null;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly endedAt: string | null;
  /** When its provider ends it by itself. */
  readonly deadBy: string | null;
  readonly overdue: boolean;
}

export interface LeasePorts {
  /** Runs until the process is asked to end; resolves to the problems that kept it from starting. */
  readonly broker: (say: (line: string) => void) => Promise<readonly string[]>;
  readonly list: (asked: {
    readonly tenant: string | null;
    readonly all: boolean;
  }) => Promise<Refused | { readonly kind: "leases"; readonly leases: readonly ShownLease[] }>;
  readonly revoke: (asked: {
    readonly tenant: string;
    readonly run: string | null;
  }) => Promise<Refused | { readonly kind: "revoked"; readonly revoked: number; readonly pending: number }>;
}

interface ListOptions {
  readonly tenant?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

export function lease(ports: LeasePorts): Register {
  return (program, terminal) => {
    const refuse = refusing(terminal);
    const group = program.command("lease").description("Short-lived credentials of runs: at most 60 seconds each.");
    group
      .command("broker")
      .description(
        "Mint, hold and revoke them, over a Unix socket (LEASE_BROKER_DIR, LEASE_BROKER_SOCKET). The server starts one itself.",
      )
      .action(async () => {
        const problems = await ports.broker(terminal.out);
        for (const problem of problems) terminal.err(problem);
        terminal.exit(problems.length === 0 ? 0 : 2);
      });
    group
      .command("list")
      .description("Which leases are open. Status 1: one could not be revoked, or is overdue.")
      .option("--tenant <prefix>", "of one client")
      .option("--all", "those that have ended, too")
      .option("--json", "for programs")
      .action(async ({ tenant, all, json }: ListOptions) => {
        const answer = await ports.list({ tenant: tenant ?? null, all: all === true });
        if (answer.kind === "refused") return refuse(answer.problems, json);
        const bad = answer.leases.filter(({ state, overdue }) => overdue || state === "irrevocable");
        if (json === true) terminal.out(JSON.stringify(answer));
        else for (const line of asText(answer.leases)) terminal.out(line);
        terminal.exit(bad.length === 0 ? 0 : 1);
      });
    group
      .command("revoke <prefix>")
      .description("End every open lease of a client, or of one of its runs.")
      .option("--run <run>", "of this run alone")
      .option("--json", "for programs")
      .action(async (prefix: string, { run, json }: { readonly run?: string; readonly json?: boolean }) => {
        const answer = await ports.revoke({ tenant: prefix, run: run ?? null });
        if (answer.kind === "refused") return refuse(answer.problems, json);
        const { revoked, pending } = answer;
        if (json === true) terminal.out(JSON.stringify(answer));
        else
          terminal.out(
            pending === 0
              ? `${revoked} revoked.`
              : `${revoked} revoked; ${pending} not yet confirmed by their provider. Their handles are dead; the broker goes on. See: countersign lease list --tenant ${prefix}`,
          );
        terminal.exit(pending === 0 ? 0 : 1);
      });
  };
}

function asText(leases: readonly ShownLease[]): readonly string[] {
  if (leases.length === 0) return ["No lease is open."];
  return leases.map(({ lease: id, tenant, run, purpose, kind, state, why, expiresAt, deadBy, overdue }) => {
    const about = `${id}  ${tenant}  ${kind}  ${purpose}  run ${run}  ${state}`;
    if (overdue) return `${about}: overdue since ${expiresAt}. No broker looks after it: start the server.`;
    if (state === "irrevocable")
      return `${about}: ${why ?? "could not be revoked"}${deadBy === null ? "" : ` It ends by itself at ${deadBy}.`} Try again: countersign lease revoke ${tenant}`;
    return why === null ? `${about} until ${expiresAt}` : `${about}: ${why}`;
  });
}
