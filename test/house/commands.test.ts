// Each `countersign ...` that a document names is a command that there is, with options that it takes.

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import {
  agent,
  approval,
  audit,
  auditKey,
  auditVerify,
  broker,
  call,
  control,
  doctor,
  doer,
  fingerprint,
  holds,
  key,
  lease,
  mailSource,
  mcp,
  migrate,
  notify,
  operator,
  packetKey,
  person,
  policyProposals,
  policySimulate,
  retention,
  secret,
  server,
  slackSource,
  tenant,
  ticket,
  webhook,
  witness,
} from "#cli";
import { gate } from "../../src/cli/gate.ts";
import { policy } from "../../src/cli/policy.ts";
import { sql } from "../../src/cli/sql.ts";

const root = join(import.meta.dirname, "../..");
const DOCUMENTS = ["README.md", "SECURITY*.md", "CONTRIBUTING.md", "docs/*.md", "docs/runbooks/*.md"]
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  // Names of tests, made from them.
  .filter((path) => path !== "docs/guarantees.md");

const never = (): never => {
  throw new Error("nothing is run here");
};
const terminal = { out: never, err: never, reveal: never, exit: never };

/** As main.ts puts it together. */
function commandLine(): Command {
  const line = new Command("countersign");
  const keyPorts = { now: never, issue: never, list: never, revoke: never };
  const rotatePorts = { one: never, all: never, breakGlass: never, checklist: never };
  const log = { withLog: never, withEntry: never, epochCheckpoint: never, reindex: never, exportTo: never };
  for (const register of [
    gate(null),
    policy,
    notify({ status: never }),
    webhook({ add: never, list: never, rotate: never, test: never, disable: never, remove: never }),
    approval({ list: never, show: never, reject: never }, { list: never, slack: never, mail: never }),
    person({ add: never, list: never, roles: never, remove: never }),
    policySimulate({ withCalls: never, now: never, elapsed: never }),
    policyProposals({ list: never, show: never, accept: never, drop: never }),
    ticket({
      list: never,
      show: never,
      open: never,
      act: never,
      desk: never,
      setDesk: never,
      setHours: never,
      clock: never,
      believe: never,
    }),
    sql({ select: never, discover: never, check: never, examine: never }),
    server(never),
    broker(never),
    call({ trace: never, list: never, show: never }),
    doer(never),
    packetKey({ list: never, rotate: never, revoke: never }),
    lease({ broker: never, list: never, revoke: never }),
    mcp(never),
    mailSource({ check: never, list: never, release: never, drop: never }),
    slackSource({ check: never, connect: never, show: never, disconnect: never }),
    migrate(never),
    doctor(never),
    auditKey({ show: never, rotate: never }),
    witness(never),
    audit({ ...log, now: never, heard: never, wait: never }),
    auditVerify(never),
    agent({ now: never, add: never, list: never, key: never, revoke: never, url: never, look: never }),
    key(keyPorts),
    operator({ now: never, ask: never, add: never, list: never, revoke: never, look: never, confirm: never }),
    control({ status: never, kill: never, rearm: never, resetBreaker: never, budget: never, setBudget: never }),
    holds({ set: never, lift: never, list: never, forget: never }),
    retention({ retire: never, compare: never }),
    fingerprint(never),
    secret({
      readValue: never,
      set: never,
      remove: never,
      list: never,
      rotate: never,
      check: never,
      checkStaged: never,
      checkHistory: never,
    }),
    tenant({
      onboard: never,
      list: never,
      show: never,
      ask: never,
      identify: never,
      offboard: never,
      resume: never,
      verify: never,
      rotate: rotatePorts,
      suspend: never,
      reinstate: never,
      certificate: never,
    }),
  ])
    register(line, terminal);
  return line;
}

/** By its words: the options that a command takes. */
const commands = new Map<string, ReadonlySet<string>>();
/** Those that only hold others. */
const groups = new Set<string>();

function learn(command: Command, words: readonly string[]): void {
  const name = words.join(" ");
  if (name !== "") commands.set(name, new Set(command.options.map(({ long }) => long ?? "")));
  if (command.commands.length > 0) groups.add(name);
  for (const each of command.commands) learn(each, [...words, each.name()]);
}
learn(commandLine(), []);

interface Named {
  readonly where: string;
  readonly text: string;
  readonly words: readonly string[];
  readonly options: readonly string[];
}

/** In code, with continued lines as one, and only up to what a shell would end it with. */
function namedIn(path: string): readonly Named[] {
  const text = readFileSync(join(root, path), "utf8").replaceAll("\\\n", " ");
  const code = [
    ...[...text.matchAll(/^```(?:sh|)\n([^]*?)^```$/gm)].flatMap(([, fence = ""]) => fence.split("\n")),
    ...[...text.replaceAll(/^```[^]*?^```$/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, inline = ""]) => inline),
  ];
  return code.flatMap((line) => {
    const [, given] = /(?:^|npx |bin\/)countersign ([a-z].*)/.exec(line) ?? [];
    if (given === undefined || /^(?:is|has|from|\[bot)/.test(given)) return [];
    const own = given.split(/ [|>] |;|#|\\n/)[0] ?? "";
    const words = (/^[a-z][a-z -]*(?= |$)/.exec(own)?.[0] ?? "").split(" ").filter((word) => /^[a-z-]+$/.test(word));
    return [{ where: path, text: own, words, options: own.match(/(?<= )--[a-z-]+/g) ?? [] }];
  });
}

/** The longest beginning of the words that is a command; the rest are its arguments. */
const commandOf = (words: readonly string[]): string | null =>
  words.map((_, i) => words.slice(0, words.length - i).join(" ")).find((name) => commands.has(name)) ?? null;

describe("documents name commands that there are", () => {
  const named = DOCUMENTS.flatMap(namedIn);

  it("they name many", () => {
    expect(new Set(named.map(({ words }) => words.join(" "))).size).toBeGreaterThan(25);
  });

  it("each is a command, and takes the options that are named with it", () => {
    const wrong = named.flatMap(({ where, text, words, options }) => {
      const command = commandOf(words);
      if (command === null) return [`${where}: ${text}: no such command`];
      const unknown = options.filter((option) => commands.get(command)?.has(option) !== true);
      return unknown.length === 0 ? [] : [`${where}: ${text}: takes no ${unknown.join(", ")}`];
    });
    expect(wrong).toEqual([]);
  });

  it("each command of the audit log and of keys is named in the README", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const missing = [...commands.keys()]
      .filter((name) => /^(?:audit|key) /.test(name) && !groups.has(name))
      .filter((name) => !readme.includes(name) && !readme.includes(name.split(" ").slice(0, 2).join(" ")));
    expect(missing).toEqual([]);
  });
});
