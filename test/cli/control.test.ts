import { describe, expect, it } from "vitest";
import { control, type ControlPorts, type ControlStatus } from "#cli";
import type { Amounts, Scope } from "#controls";
import { instantOfMillis } from "#kernel";
import { aCall, aRepository, aTenant, anAgent } from "../controls/support/ids.ts";
import { ranWith } from "./terminal.ts";

const never = (): never => expect.unreachable();
const at = instantOfMillis(0);
const amounts = (n: number): Amounts => ({
  calls: n,
  wallMs: n,
  cpuMs: n,
  memoryBytes: n,
  bytes: n,
  tokens: n,
  cents: n,
});
const standing = { limits: { ...amounts(1_000), calls: 5 }, used: amounts(3), set: ["calls"] } as const;
const scope: Scope = { kind: "agent", tenant: aTenant(1), agent: anAgent(1) };
const QUIET: ControlStatus = {
  kind: "status",
  environment: { killed: false, explain: false },
  kills: [],
  breakers: [],
  names: new Map([[anAgent(1), "builder"]]),
};

const ran = (args: readonly string[], over: Partial<ControlPorts> = {}) =>
  ranWith(
    control({
      status: never,
      kill: never,
      rearm: never,
      resetBreaker: never,
      budget: never,
      setBudget: never,
      ...over,
    }),
    ["control", ...args],
  );

describe("countersign control status", () => {
  it("status 0 and one sentence where nothing is stopped", async () => {
    expect(await ran(["status"], { status: async () => QUIET })).toEqual({
      out: [expect.stringMatching(/^Nobody has stopped anything, and no circuit breaker is open\./)],
      err: [],
      status: 0,
    });
  });

  it("status 1, and for each thing that is stopped who, why and how it goes on; nothing in it moves the terminal", async () => {
    const kills = [{ id: "k1", scope, prefix: "acme", reason: "\u001b[31mruns wild", by: "ada", since: at }];
    const breakers = [
      { agent: anAgent(2), prefix: "acme", since: at, call: aCall(1), window: { updates: 51, cents: 120 } },
    ];
    const said = await ran(["status"], { status: async () => ({ ...QUIET, kills, breakers }) });
    expect(said.status).toBe(1);
    expect(said.out).toEqual([
      `STOPPED  agent builder (${anAgent(1)}) of acme  since 1970-01-01T00:00:00.000Z, by ada`,
      "  reason:       \\u{1b}[31mruns wild",
      `  start again:  countersign control rearm --tenant acme --agent ${anAgent(1)} --reason TEXT   (needs a second operator)`,
      `OPEN     the circuit breaker of agent ${anAgent(2)} of acme  since 1970-01-01T00:00:00.000Z, at 51 updates and 1.20 USD`,
      `  what it did:  countersign audit log --tenant acme --actor agent:${anAgent(2)}`,
      `  reset it:     countersign control breaker reset --tenant acme --agent ${anAgent(2)} --reason TEXT`,
    ]);
  });

  it("COUNTERSIGN_KILL_SWITCH=1 is told, and is something that is stopped", async () => {
    const said = await ran(["status"], {
      status: async () => ({ ...QUIET, environment: { killed: true, explain: true } }),
    });
    expect([said.status, said.out.join("\n")]).toEqual([1, expect.stringContaining("COUNTERSIGN_EXPLAIN_MODE=1")]);
  });

  it("--json is the same for programs", async () => {
    const said = await ran(["status", "--json"], { status: async () => QUIET });
    expect(JSON.parse(said.out[0] ?? "")).toEqual({
      environment: { killed: false, explain: false },
      kills: [],
      breakers: [],
      names: { [anAgent(1)]: "builder" },
    });
  });
});

const killed = async () => ({ kind: "killed", scope, id: "k1", already: false, problems: [] }) as const;

describe("countersign control kill", () => {
  it.each<[string, readonly string[], unknown]>([
    ["everything", ["--platform"], { kind: "platform" }],
    ["a tenant", ["--tenant", "acme"], { kind: "tenant", tenant: "acme" }],
    [
      "an agent, by its name",
      ["--tenant", "acme", "--agent", "release bot"],
      { kind: "agent", tenant: "acme", agent: "release bot" },
    ],
    [
      "a repository",
      ["--tenant", "acme", "--repository", "7"],
      { kind: "repository", tenant: "acme", repository: aRepository(7) },
    ],
  ])("%s", async (_case, args, target) => {
    const asked: unknown[] = [];
    const kill: ControlPorts["kill"] = async (given) => {
      asked.push(given.target);
      return killed();
    };
    expect(await ran(["kill", ...args, "--reason", "x"], { kill })).toMatchObject({ status: 0 });
    expect(asked).toEqual([target]);
  });

  it("says that it is in force, and how to start again", async () => {
    const said = await ran(["kill", "--tenant", "acme", "--agent", "bot", "--reason", "x"], { kill: killed });
    expect(said.out).toEqual([
      "Stopped, in every running server within a second.",
      'Start again, with a second operator: countersign control rearm --tenant acme --agent "bot" --reason TEXT',
    ]);
  });

  it("fails closed: what could not be ended at once is told; the kill stands", async () => {
    const kill: ControlPorts["kill"] = async () => ({ ...(await killed()), problems: ["2 leases are left."] });
    expect(await ran(["kill", "--platform", "--reason", "x"], { kill })).toMatchObject({
      err: ["2 leases are left."],
      status: 0,
    });
  });

  it.each<[string, readonly string[], string]>([
    ["nothing", [], "--platform, or --tenant"],
    ["everything and a tenant", ["--platform", "--tenant", "acme"], "--platform, or --tenant"],
    ["an agent of nobody", ["--platform", "--agent", "bot"], "add --tenant"],
    ["two things", ["--tenant", "acme", "--agent", "bot", "--repository", "7"], "one at a time"],
    ["a repository by its name", ["--tenant", "acme", "--repository", "acme/web"], "GitHub's number"],
  ])("refuses %s unasked, so that nobody stops what they did not mean", async (_case, args, why) => {
    const said = await ran(["kill", ...args, "--reason", "x"]);
    expect([said.status, said.err.join("\n")]).toEqual([2, expect.stringContaining(why)]);
  });

  it("refuses a reason that is none", async () => {
    expect(await ran(["kill", "--platform", "--reason", " "])).toMatchObject({
      status: 2,
      err: ["--reason takes 1 to 500 characters."],
    });
  });
});

describe("countersign control rearm", () => {
  it("X2: waits for a second person, with status 1 and what they run", async () => {
    const rearm: ControlPorts["rearm"] = async () => ({ kind: "pending", id: "01ff", digest: "d1", expiresAt: at });
    const said = await ran(["rearm", "--platform", "--reason", "mended"], { rearm });
    expect([said.status, said.out[1]]).toEqual([1, "  they run:  countersign operator confirm 01ff"]);
  });

  it.each<[Awaited<ReturnType<ControlPorts["rearm"]>>, string]>([
    [
      { kind: "rearmed", kills: 2, askedBy: "ada", confirmedBy: "bob" },
      "all 2 kills are taken back, as ada asked and bob confirmed",
    ],
    [{ kind: "not_killed" }, "Nothing of that scope is stopped"],
  ])("%o", async (answer, said) => {
    const done = await ran(["rearm", "--platform", "--reason", "mended"], { rearm: async () => answer });
    expect([done.status, done.out.join("\n")]).toEqual([0, expect.stringContaining(said)]);
  });
});

describe("countersign control breaker and budget", () => {
  it.each([
    ["reset", "The circuit breaker is closed"],
    ["closed", "It was not open"],
  ] as const)("breaker reset: %s", async (kind, said) => {
    const done = await ran(["breaker", "reset", "--tenant", "acme", "--agent", "bot", "--reason", "looked"], {
      resetBreaker: async () => ({ kind }),
    });
    expect(done.out.join("\n")).toContain(said);
  });

  it("budget show: what was used of what may be, and which limits somebody set", async () => {
    const done = await ran(["budget", "show", "--tenant", "acme"], {
      budget: async () => ({ kind: "budget", agent: null, standing }),
    });
    expect(done.out[0]).toBe("calls                       3 of                5  (set)");
    expect(done.out[5]).toBe("tokens                      3 of            1,000");
  });

  it.each<[string, number | null]>([
    ["5", 5],
    ["0", 0],
    ["default", null],
  ])("budget set --most %s", async (text, most) => {
    const done = await ran(["budget", "set", "--tenant", "acme", "--kind", "calls", "--most", text], {
      setBudget: async (asked) => {
        expect(asked).toEqual({ tenant: "acme", agent: null, budget: "calls", most });
        return { kind: "set", standing };
      },
    });
    expect(done.status).toBe(0);
  });

  it.each([
    ["--kind", "money", "--most", "1"],
    ["--kind", "cents", "--most", "1.5"],
    ["--kind", "cents", "--most", "-1"],
    ["--kind", "cents", "--most", "unlimited"],
  ])("budget set %s %s %s %s is refused unasked", async (...args) => {
    expect(await ran(["budget", "set", "--tenant", "acme", ...args])).toMatchObject({ out: [], status: 2 });
  });
});
