import { expiry, isKeyName, MOST_TOOLS } from "#identity";
import type { Agent } from "#identity/io";
import { iso, userId, type Instant, type UserId } from "#kernel";
import { TOOLS } from "#policy";
import { agentConnect, type ConnectPorts } from "./agent-connect.ts";
import { printable } from "./audit/printable.ts";
import { refusing, type Refused, type Register } from "./command.ts";
import { daysUntil, EXPIRY_HELP, EXPIRY_PROBLEM } from "./expiry.ts";

type Tools = readonly string[] | "all";

export interface AgentPorts extends ConnectPorts {
  readonly now: () => Instant;
  readonly add: (asked: {
    readonly tenant: string;
    readonly name: string;
    readonly requester: UserId;
    readonly tools: Tools;
  }) => Promise<
    | Refused
    | {
        readonly kind: "added";
        readonly id: string;
        /** false: the account it acts for is none of the client's people. */
        readonly requesterKnown: boolean;
      }
  >;
  readonly list: (tenant: string) => Promise<Refused | { readonly kind: "agents"; readonly agents: readonly Agent[] }>;
  /** `agent`: its name, or its id. */
  readonly key: (asked: {
    readonly tenant: string;
    readonly agent: string;
    readonly name: string;
    readonly days: number;
  }) => Promise<
    Refused | { readonly kind: "issued"; readonly id: string; readonly text: string; readonly expiresAt: Instant }
  >;
  readonly revoke: (asked: {
    readonly tenant: string;
    readonly agent: string;
  }) => Promise<Refused | { readonly kind: "revoked" | "already"; readonly at: Instant; readonly keys: number }>;
}

interface AddOptions {
  readonly tenant: string;
  readonly for: string;
  readonly tools: string;
  readonly json?: boolean;
}

interface KeyOptions {
  readonly tenant: string;
  readonly name: string;
  readonly expires: string;
  readonly json?: boolean;
}

export function agent(ports: AgentPorts): Register {
  return (program, terminal) => {
    const group = program
      .command("agent")
      .description("Coding agents: who may ask for tool calls, and on whose behalf.");
    const refuse = refusing(terminal);

    group
      .command("add")
      .argument("<name>", "what people call it: claude-code, release bot")
      .description("Register an agent. It can do nothing until it has a key.")
      .requiredOption("--tenant <prefix>", "whose agent it is")
      .requiredOption("--for <number>", "GitHub's number of the person it acts for: `gh api users/LOGIN --jq .id`")
      .requiredOption("--tools <names>", "the tools it may call, with commas between them, or: all")
      .option("--json", "print JSON")
      .action(async (name: string, options: AddOptions) => {
        const asked = parse(name, options);
        if (asked.kind === "refused") return refuse(asked.problems, options.json);
        const { requester, tools } = asked;
        const made = await ports.add({ tenant: options.tenant, name, requester, tools });
        if (made.kind === "refused") return refuse(made.problems, options.json);
        if (options.json === true) return terminal.out(JSON.stringify({ id: made.id }));
        terminal.out(`Agent ${printable(name)} is registered: ${made.id}`);
        if (!made.requesterKnown)
          terminal.err(
            `Nobody of ${printable(options.tenant)}'s people has GitHub's number ${requester}. If that is a slip, revoke the agent and register it anew: countersign person list --tenant ${printable(options.tenant)} shows the numbers.`,
          );
        terminal.err(`Next, its key: countersign agent key ${quoted(name)} --tenant ${printable(options.tenant)}`);
      });

    group
      .command("list")
      .description("The agents of a tenant: for whom they act, and what they may call.")
      .requiredOption("--tenant <prefix>", "whose agents")
      .option("--json", "print JSON, one line for each agent")
      .action(async ({ tenant, json }: { readonly tenant: string; readonly json?: boolean }) => {
        const found = await ports.list(tenant);
        if (found.kind === "refused") return refuse(found.problems);
        for (const each of found.agents) terminal.out(json === true ? asJson(each) : asLine(each));
        if (found.agents.length === 0 && json !== true)
          terminal.err(
            `Tenant ${printable(tenant)} has no agents. Add one: countersign agent add NAME --tenant ${printable(tenant)} --for NUMBER --tools all`,
          );
      });

    agentConnect(group, terminal, ports);

    group
      .command("key")
      .argument("<agent>", "its name, or its id")
      .description("Make a key for an agent and show it, this once. It is for tool calls alone, and reads no log.")
      .requiredOption("--tenant <prefix>", "whose agent it is")
      .option("--name <name>", "what the list of keys calls it: the machine it is on", "agent")
      .option("--expires <when>", EXPIRY_HELP, `${expiry.fallback}d`)
      .option("--json", "print JSON")
      .action(async (which: string, { tenant, name, expires, json }: KeyOptions) => {
        const days = daysUntil(expires, ports.now());
        const problems = [
          ...(isKeyName(name) ? [] : [NAME_PROBLEM.replace("A name", "--name")]),
          ...(days === null ? [EXPIRY_PROBLEM] : []),
        ];
        if (days === null || problems.length > 0) return refuse(problems, json);
        const made = await ports.key({ tenant, agent: which, name, days });
        if (made.kind === "refused") return refuse(made.problems, json);
        if (json === true)
          return terminal.reveal(JSON.stringify({ id: made.id, key: made.text, expiresAt: iso(made.expiresAt) }));
        terminal.reveal(made.text);
        terminal.err(
          `This key is shown once and kept nowhere. It is valid until ${iso(made.expiresAt)}.\nTake it back with: countersign key revoke ${made.id} --tenant ${printable(tenant)}`,
        );
      });

    group
      .command("revoke")
      .argument("<agent>", "its name, or its id")
      .description("End an agent and all its keys now.")
      .requiredOption("--tenant <prefix>", "whose agent it is")
      .action(async (which: string, { tenant }: { readonly tenant: string }) => {
        const done = await ports.revoke({ tenant, agent: which });
        if (done.kind === "refused") return refuse(done.problems);
        terminal.out(
          done.kind === "revoked"
            ? `Agent ${printable(which)} is revoked, and with it ${done.keys === 1 ? "its key" : `${done.keys} keys`}.`
            : `Agent ${printable(which)} was revoked already, at ${iso(done.at)}.`,
        );
      });
  };
}

const NAME_PROBLEM = "A name takes 1 to 60 letters, digits, spaces and . _ @ + -, beginning with a letter or a digit.";
const quoted = (name: string): string => (name.includes(" ") ? `"${name}"` : name);

function parse(
  name: string,
  options: AddOptions,
): Refused | { readonly kind: "asked"; readonly requester: UserId; readonly tools: Tools } {
  const problems: string[] = [];
  if (!isKeyName(name)) problems.push(NAME_PROBLEM);
  const requester = /^\d{1,12}$/.test(options.for) ? userId(Number(options.for)) : null;
  if (requester === null)
    problems.push(
      "--for takes GitHub's number of a person, not the login, which can change hands: gh api users/LOGIN --jq .id",
    );
  const names = options.tools.split(",").map((each) => each.trim());
  const known = Object.keys(TOOLS);
  const unknown = names.filter((each) => each !== "all" && !known.includes(each));
  if (unknown.length > 0)
    problems.push(
      `There is no tool ${printable(JSON.stringify(unknown[0]?.slice(0, 40)))}. There are: ${known.join(", ")}; or: all.`,
    );
  if (names.length > MOST_TOOLS || (names.length > 1 && names.includes("all")))
    problems.push("--tools takes names with commas between them, or `all` alone.");
  return problems.length > 0 || requester === null
    ? { kind: "refused", problems }
    : { kind: "asked", requester, tools: names[0] === "all" ? "all" : names };
}

const asLine = ({ id, name, requester, tools, revokedAt }: Agent): string =>
  printable(
    `${id}  ${revokedAt === null ? "active" : `revoked ${iso(revokedAt)}`}  for github:${requester}  ${tools === "all" ? "all tools" : tools.join(",")}  ${name}`,
  );

const asJson = ({ id, name, requester, tools, addedAt, revokedAt }: Agent): string =>
  JSON.stringify({
    id,
    name,
    requester,
    tools,
    addedAt: iso(addedAt),
    revokedAt: revokedAt === null ? null : iso(revokedAt),
  });
