import { describe, expect, it } from "vitest";
import { tenant, type RotateAnswer, type RotatePorts, type TenantPorts } from "#cli";
import { instantOfMillis } from "#kernel";
import { ranWith } from "./terminal.ts";

const never = (): never => expect.unreachable();
const done = { kind: "rotated", prefix: "acme", version: 3, rewrapped: 7, unreadable: 0, ended: null } as const;
function ran(args: readonly string[], answer: RotateAnswer, over: Partial<RotatePorts> = {}) {
  const asked: string[] = [];
  const ports: TenantPorts = {
    onboard: never,
    list: never,
    show: never,
    ask: never,
    identify: never,
    offboard: never,
    resume: never,
    verify: never,
    suspend: never,
    reinstate: never,
    certificate: never,
    rotate: {
      one: async (prefix) => {
        asked.push(prefix);
        return answer;
      },
      all: never,
      breakGlass: never,
      checklist: never,
      ...over,
    },
  };
  return ranWith(tenant(ports), ["tenant", "rotate", ...args]).then((said) => ({ ...said, asked }));
}

describe("countersign tenant rotate", () => {
  it("says which version is in use, and how many data keys it wraps", async () => {
    expect(await ran(["acme"], done)).toMatchObject({
      asked: ["acme"],
      out: ["acme has key 3 now; 7 data keys are wrapped under it."],
      status: 0,
    });
  });

  it("says what no longer opens", async () => {
    const { out } = await ran(["acme"], { ...done, ended: 1 });
    expect(out[1]).toBe("Its keys up to 1 are destroyed: backups from their time open no more.");
  });

  it("data keys that were altered: status 1, also as JSON", async () => {
    for (const json of [[], ["--json"]])
      expect(await ran(["acme", ...json], { ...done, unreadable: 2 })).toMatchObject({
        err: [expect.stringContaining("2 data keys of acme open under no version")],
        status: 1,
      });
  });

  it("JSON is one line", async () => {
    const { out } = await ran(["acme", "--json"], done);
    expect(out.map((line) => JSON.parse(line))).toEqual([done]);
  });

  it("refused: status 2, and why", async () => {
    const no = { kind: "refused", problems: ["There is no active tenant of that name."] } as const;
    expect(await ran(["initech"], no)).toMatchObject({ err: no.problems, status: 2 });
  });
});

const pending = { kind: "pending", id: "01ff", digest: "d1", expiresAt: instantOfMillis(0) } as const;
const revocation = {
  name: "TOKEN",
  owner: "ada",
  dueAt: instantOfMillis(0),
  doneAt: null,
  doneBy: null,
  overdue: true,
} as const;

describe("countersign tenant rotate --break-glass", () => {
  it.each([
    [["acme", "--break-glass"], "needs --reason"],
    [["acme", "--break-glass", "--reason", " "], "needs --reason"],
    [["acme", "--break-glass", "--reason", "x".repeat(501)], "needs --reason"],
    [["acme", "--reason", "x"], "--reason is for --break-glass"],
    [["acme", "--all"], "--all takes neither"],
    [["--all", "--break-glass", "--reason", "x"], "--all takes neither"],
    [[], "Which client?"],
  ])("K4 %j is refused: %s", async (args, why) => {
    expect(await ran(args, done)).toMatchObject({ asked: [], err: [expect.stringContaining(why)], status: 2 });
  });

  it("K4 without a second person: says what they have to run, and status 1", async () => {
    const over: Partial<RotatePorts> = { breakGlass: async () => pending };
    const args = ["acme", "--break-glass", "--reason", "stolen"];
    const said = await ran(args, done, over);
    expect(said.status).toBe(1);
    expect(said.out.join("\n")).toContain("countersign operator confirm 01ff");
    const { out, status } = await ran([...args, "--json"], done, over);
    expect([status, out.map((line) => JSON.parse(line))]).toEqual([
      1,
      [{ ...pending, expiresAt: "1970-01-01T00:00:00.000Z" }],
    ]);
  });

  it("done: what to revoke, who, and until when", async () => {
    const glass = {
      kind: "done",
      version: 2,
      confirmedBy: "bob",
      expiresAt: instantOfMillis(0),
      checklist: [revocation],
      bodiesBefore: 7,
      problems: [],
    } as const;
    const said = await ran(["acme", "--break-glass", "--reason", "stolen"], done, { breakGlass: async () => glass });
    expect(said.status).toBe(0);
    expect(said.out.join("\n")).toContain("[ ] TOKEN  ada, until 1970-01-01T00:00:00.000Z  OVERDUE");
    expect(said.out.join("\n")).toContain("7 bodies of its log stay under their data keys from before");
  });
});

describe("countersign tenant rotate --all", () => {
  it("says how far it is, goes on past one that fails, and then answers with 1", async () => {
    const over: Partial<RotatePorts> = {
      all: async (each) => {
        each({ ...done, at: 1, of: 2 });
        each({ kind: "refused", problems: ["Vault is away."], prefix: "globex", at: 2, of: 2 });
        return { kind: "all", rotated: 1, skipped: 3, failed: 1 };
      },
    };
    expect(await ran(["--all"], done, over)).toMatchObject({
      out: [
        "acme has key 3 now; 7 data keys are wrapped under it.",
        "1 keys were rotated; 3 were younger than a day and left as they are; 1 were not: run it again.",
      ],
      err: ["1 of 2: acme", "2 of 2: globex", "Vault is away."],
      status: 1,
    });
  });
});
