import { describe, expect, it } from "vitest";
import { person, type PersonPorts } from "#cli";
import type { Person, Role } from "#identity";
import { instantOfMillis, personId, tenantId, userId } from "#kernel";
import { ranWith } from "./terminal.ts";

const never = (): never => expect.unreachable();
function there<T>(value: T | null): T {
  if (value === null) throw new Error("not a value of its kind");
  return value;
}
const ann = (roles: readonly Role[]): Person => ({
  tenant: there(tenantId("01ff0000-0000-7000-8000-000000000001")),
  person: there(personId("01ff0000-0000-7000-8000-000000000002")),
  github: userId(7),
  login: "ann",
  roles,
});
const ran = (args: readonly string[], over: Partial<PersonPorts> = {}) =>
  ranWith(person({ add: never, list: never, roles: never, remove: never, ...over }), ["person", ...args]);

describe("countersign person", () => {
  it("add: says whom it let in, by the number that counts", async () => {
    const add: PersonPorts["add"] = async ({ roles }) => ({ kind: "added", person: ann(roles) });
    const said = await ran(["add", "ann", "--tenant", "acme", "--role", "approver", "--role", "viewer"], { add });
    expect(said).toMatchObject({ out: ["ann (GitHub account 7) may now be: viewer, approver."], status: 0 });
  });

  it("add: the number can be given where GitHub cannot be asked", async () => {
    const asked: unknown[] = [];
    const add: PersonPorts["add"] = async (given) => {
      asked.push(given);
      return { kind: "added", person: ann(given.roles) };
    };
    await ran(["add", "ann", "--tenant", "acme", "--role", "admin", "--github-id", "7"], { add });
    expect(asked).toEqual([{ tenant: "acme", login: "ann", github: 7, roles: ["admin"] }]);
  });

  it.each<[string, readonly string[]]>([
    ["a role that there is not", ["add", "ann", "--tenant", "acme", "--role", "root"]],
    ["a bot's name", ["add", "agent[bot]", "--tenant", "acme", "--role", "approver"]],
    ["a number that is none", ["add", "ann", "--tenant", "acme", "--role", "viewer", "--github-id", "0x7"]],
    ["roles without a role", ["roles", "ann", "--tenant", "acme"]],
  ])("%s is refused unasked", async (_what, args) => {
    expect(await ran(args)).toMatchObject({ out: [], status: 2 });
  });

  it("list: everybody with roles and number; nobody is a sentence with the way out", async () => {
    const people = [{ ...ann(["approver"]), addedAt: instantOfMillis(0) }];
    const said = await ran(["list", "--tenant", "acme"], { list: async () => ({ kind: "people", people }) });
    expect(said.out).toEqual(["ann  approver  GitHub account 7  since 1970-01-01T00:00:00.000Z"]);
    const empty = await ran(["list", "--tenant", "acme"], { list: async () => ({ kind: "people", people: [] }) });
    expect(empty.err.join("")).toContain("countersign person add");
  });

  it("remove: says that the sessions are over, and as JSON who it was", async () => {
    const remove: PersonPorts["remove"] = async () => ({
      kind: "removed",
      person: ann(["approver"]),
      handed: { to: "mona", tickets: 2 },
      unanswered: ["fixer"],
    });
    expect((await ran(["remove", "ann", "--tenant", "acme"], { remove })).out[0]).toMatch(
      /signed out\. The 2 tickets of theirs are mona's now: countersign ticket list --owner mona/,
    );
    expect((await ran(["remove", "ann", "--tenant", "acme"], { remove })).err[0]).toMatch(
      /Nobody may approve what fixer asks .* person add LOGIN --tenant acme --role approver/,
    );
    const json = await ran(["remove", "ann", "--tenant", "acme", "--json"], { remove });
    expect(JSON.parse(json.out[0] ?? "")).toMatchObject({ kind: "removed", login: "ann", github: 7 });
  });
});
