import { isKeyName, isReason } from "#identity";
import type { Operator, PendingAct } from "#identity/io";
import { iso, type Instant } from "#kernel";
import { printable } from "./audit/printable.ts";
import { refusing, type Refused, type Register } from "./command.ts";
import { named, type Names } from "./named.ts";
import { pendingJson, pendingLines, type Pending } from "./pending.ts";

export interface OperatorPorts {
  readonly now: () => Instant;
  readonly ask: (question: string) => Promise<string>;
  readonly add: (asked: {
    readonly name: string;
    readonly reason: string | null;
    readonly recover: boolean;
  }) => Promise<
    | Refused
    | Pending
    | { readonly kind: "added"; readonly id: string; readonly text: string; readonly activeAt: Instant }
  >;
  readonly list: () => Promise<
    | Refused
    | {
        readonly kind: "operators";
        readonly operators: readonly Operator[];
        readonly pending: readonly PendingAct[];
        readonly names: Names;
      }
  >;
  readonly revoke: (
    name: string,
  ) => Promise<Refused | { readonly kind: "revoked" | "already"; readonly at: Instant; readonly left: number }>;
  readonly look: (
    id: string,
  ) => Promise<Refused | { readonly kind: "act"; readonly act: PendingAct; readonly names: Names }>;
  readonly confirm: (
    id: string,
  ) => Promise<Refused | { readonly kind: "confirmed" | "already"; readonly expiresAt: Instant }>;
}

interface Json {
  readonly json?: boolean;
}

export function operator(ports: OperatorPorts): Register {
  return (program, terminal) => {
    const group = program
      .command("operator")
      .description("The people who run Countersign. What cannot be undone needs two of them.");
    const refuse = refusing(terminal);

    group
      .command("add")
      .argument("<name>", "who it is")
      .description(
        "Make an operator's key and show it, this once. The first one is whoever has this machine; the first adds the second; from then on two of them add another.",
      )
      .option("--reason <text>", "why: the log keeps it. Needed from the second one on")
      .option(
        "--recover",
        "keys are lost and fewer than two operators are left: past them, and active after 24 hours only",
      )
      .option("--json", "print JSON")
      .action(async (name: string, options: Json & { readonly reason?: string; readonly recover?: boolean }) => {
        const reason = options.reason ?? null;
        const problems = [
          ...(isKeyName(name)
            ? []
            : ["A name takes 1 to 60 letters, digits, spaces and . _ @ + -, beginning with a letter or a digit."]),
          ...(reason === null || isReason(reason) ? [] : ["--reason takes 1 to 500 characters."]),
        ];
        if (problems.length > 0) return refuse(problems, options.json);
        const made = await ports.add({ name, reason, recover: options.recover === true });
        if (made.kind === "refused") return refuse(made.problems, options.json);
        if (made.kind === "pending") {
          if (options.json === true) terminal.out(pendingJson(made));
          else for (const line of pendingLines(made, "the same command, with the same --reason")) terminal.out(line);
          return terminal.exit(1);
        }
        if (options.json === true)
          return terminal.reveal(JSON.stringify({ id: made.id, key: made.text, activeAt: iso(made.activeAt) }));
        terminal.reveal(made.text);
        terminal.err(
          `This key is ${name}'s alone. It is shown once and kept nowhere: put it into a file for that user (chmod 600) and name it in OPERATOR_KEY_FILE.`,
        );
        if (made.activeAt > ports.now()) terminal.err(`It is good for nothing before ${iso(made.activeAt)}.`);
      });

    group
      .command("list")
      .description("Operators, and what waits for a second one.")
      .option("--json", "print JSON")
      .action(async ({ json }: Json) => {
        const found = await ports.list();
        if (found.kind === "refused") return refuse(found.problems, json);
        const now = ports.now();
        if (json === true)
          return terminal.out(
            JSON.stringify({
              operators: found.operators.map((each) => ({ id: each.id, name: each.name, state: stateOf(each, now) })),
              pending: found.pending.map((each) => ({ ...each, expiresAt: iso(each.expiresAt) })),
            }),
          );
        for (const each of found.operators) terminal.out(printable(`${each.name}  ${stateOf(each, now)}`));
        for (const each of found.pending) for (const line of actLines(each, found.names)) terminal.out(printable(line));
        const active = found.operators.filter((each) => stateOf(each, now) === "active").length;
        if (active < 2)
          terminal.err(
            `There ${active === 1 ? "is one active operator" : "is no active operator"}: what needs two people cannot be done. Add one: countersign operator add NAME`,
          );
      });

    group
      .command("revoke")
      .argument("<name>", "who it is, from `countersign operator list`")
      .description("End an operator's key now. What they have asked for or confirmed counts no more.")
      .option("--json", "print JSON")
      .action(async (name: string, { json }: Json) => {
        const done = await ports.revoke(name);
        if (done.kind === "refused") return refuse(done.problems, json);
        if (json === true) return terminal.out(JSON.stringify({ ...done, at: iso(done.at) }));
        terminal.out(
          done.kind === "revoked"
            ? `${printable(name)} is an operator no more.`
            : `${printable(name)} was revoked already, at ${iso(done.at)}.`,
        );
        if (done.left < 2) terminal.err("Fewer than two operators are left: what needs two people cannot be done now.");
      });

    group
      .command("confirm")
      .argument("<id>", "what another operator has asked for")
      .description("Say yes, as the second person, to exactly what is shown. Who asked cannot.")
      .option("--yes", "do not ask again")
      .option("--json", "print JSON")
      .action(async (id: string, { yes, json }: Json & { readonly yes?: boolean }) => {
        const found = await ports.look(id);
        if (found.kind === "refused") return refuse(found.problems, json);
        if (json !== true) for (const line of actLines(found.act, found.names)) terminal.out(printable(line));
        const typed = yes === true ? "yes" : (await ports.ask("Type yes to confirm exactly this: ")).trim();
        if (typed !== "yes") return refuse(["Nothing was confirmed."], json);
        const done = await ports.confirm(id);
        if (done.kind === "refused") return refuse(done.problems, json);
        if (json === true) return terminal.out(JSON.stringify({ ...done, id, expiresAt: iso(done.expiresAt) }));
        terminal.out(
          done.kind === "already"
            ? "It was confirmed already."
            : `Confirmed. ${printable(found.act.askedBy)} can do it until ${iso(done.expiresAt)}, once.`,
        );
      });
  };
}

function stateOf({ revokedAt, activeAt }: Operator, now: Instant): string {
  if (revokedAt !== null) return `revoked ${iso(revokedAt)}`;
  return activeAt > now ? `active from ${iso(activeAt)}` : "active";
}

/** The second person reads to whom it is done: by name, where it has one. What is confirmed is the act itself, of the digest. */
const actLines = (
  { id, act, digest, askedBy, expiresAt, confirmedBy }: PendingAct,
  names: Names,
): readonly string[] => [
  `${id}  ${act.kind}  ${confirmedBy === null ? "waits for a second operator" : `confirmed by ${confirmedBy}`}`,
  `  asked by:  ${askedBy}`,
  `  concerns:  ${[act.tenant === null ? "the platform" : named(act.tenant, names), JSON.stringify(act.about, (_, value: unknown) => (typeof value === "string" ? named(value, names) : value))].join("  ")}`,
  `  reason:    ${act.reason}`,
  `  digest:    ${digest}`,
  `  until:     ${iso(expiresAt)}`,
];
