import { describe, expect, it } from "vitest";
import { operator, type OperatorPorts } from "#cli";
import type { PendingAct } from "#identity/io";
import { instantOfMillis, tenantId } from "#kernel";
import { ranWith } from "./terminal.ts";

const TENANT = "00000000-0000-4000-8000-000000000001";
const some = <T>(value: T | null): T => value ?? expect.unreachable();
const never = (): never => expect.unreachable();
const at = instantOfMillis(0);
const ACT: PendingAct = {
  id: "01ff",
  act: { kind: "operator.add", tenant: null, about: { name: "carol" }, reason: "\u001b[31mjoins" },
  digest: "d1",
  askedBy: "ada",
  expiresAt: at,
  confirmedBy: null,
};
const ada = { id: "1", name: "ada", addedAt: at, activeAt: at, revokedAt: null };

const ran = (args: readonly string[], over: Partial<OperatorPorts> = {}) =>
  ranWith(
    operator({
      now: () => instantOfMillis(1),
      ask: async () => "yes\n",
      add: never,
      list: never,
      revoke: never,
      look: async () => ({ kind: "act", act: ACT, names: new Map() }),
      confirm: async () => ({ kind: "confirmed", expiresAt: at }),
      ...over,
    }),
    ["operator", ...args],
  );

describe("countersign operator", () => {
  it("add: the key alone on its line, so that it can go into a file", async () => {
    const said = await ran(["add", "ada"], {
      add: async () => ({ kind: "added", id: "1", text: "cso_x", activeAt: at }),
    });
    expect(said).toMatchObject({ out: ["cso_x"], status: 0 });
    expect(said.err.join("")).toContain("shown once");
  });

  it("add: a third one waits for a second person, with status 1", async () => {
    const pending = { kind: "pending", id: "01ff", digest: "d1", expiresAt: at } as const;
    const said = await ran(["add", "carol", "--reason", "joins"], { add: async () => pending });
    expect([said.status, said.out[1]]).toEqual([1, "  they run:  countersign operator confirm 01ff"]);
  });

  it.each([
    ["add", "\u001b[31m"],
    ["add", "ada", "--reason", " "],
  ])("add: %s %j is refused unasked", async (...args) => {
    expect(await ran(args)).toMatchObject({ out: [], status: 2 });
  });

  it("confirm: shows what it is, whose and why, and nothing in it moves the terminal", async () => {
    const { out, status } = await ran(["confirm", "01ff"]);
    expect(status).toBe(0);
    expect(out.join("\n")).toContain('{"name":"carol"}');
    expect(out.join("\n")).not.toContain("\u001b");
    expect(out.at(-1)).toContain("ada can do it until");
  });

  it("confirm: tells to whom it is done by name, and by id where there is none", async () => {
    const about = { scope: { kind: "agent", tenant: "t-1", agent: "a-1" }, kills: ["k-1"] };
    const act: PendingAct = {
      ...ACT,
      act: { ...ACT.act, kind: "control.rearm", tenant: some(tenantId(TENANT)), about },
    };
    const names = new Map([
      [TENANT, "acme"],
      ["a-1", "claude \u001b[2J"],
    ]);
    const { out } = await ran(["confirm", "01ff"], { look: async () => ({ kind: "act", act, names }) });
    expect(out.join("\n")).toContain(`concerns:  acme (${TENANT})  `);
    expect(out.join("\n")).toContain('"agent":"claude \\u001b[2J (a-1)"');
    expect(out.join("\n")).toContain('"kills":["k-1"]');
    expect(out.join("\n")).not.toContain("\u001b");
  });

  it("confirm: anything but yes confirms nothing", async () => {
    const said = await ran(["confirm", "01ff"], { ask: async () => "y", confirm: never });
    expect(said).toMatchObject({ err: ["Nothing was confirmed."], status: 2 });
  });

  it("list and revoke say when what needs two people cannot be done", async () => {
    const list = await ran(["list"], {
      list: async () => ({ kind: "operators", operators: [ada], pending: [ACT], names: new Map() }),
    });
    expect(list.out[0]).toBe("ada  active");
    expect(list.err.join("")).toContain("There is one active operator");
    const revoke = await ran(["revoke", "bob"], { revoke: async () => ({ kind: "revoked", at, left: 1 }) });
    expect(revoke.err.join("")).toContain("Fewer than two operators are left");
  });
});
