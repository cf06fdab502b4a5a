import { expect, test } from "vitest";
import { agentId, known, personId, tenantId, userId } from "#kernel";
import { judge } from "../../src/cli/doctor/judge.ts";
import { unanswered } from "../../src/main/approver-finding.ts";
import { at, well } from "./well.ts";

const warnings = (agents: readonly string[]) =>
  judge({ ...well, approvers: known([{ prefix: "acme", agents }]) }).filter(({ status }) => status === "warn");

test("the last approver is gone: one line with the next step", () => {
  expect(warnings(["fixer"])).toMatchObject([
    {
      what: "Nobody may approve what fixer of acme asks: every call that waits for a person ends as a no.",
      next: expect.stringContaining("countersign person add LOGIN --tenant acme --role approver"),
    },
  ]);
  expect(warnings(["fixer", "mine"])[0]?.what).toContain("fixer, mine of acme ask:");
});

const required = <T>(value: T | null): T => {
  if (value === null) throw new Error("the test's own value is not one");
  return value;
};
const github = (number: number) => required(userId(number));
const tenant = required(tenantId("00000000-0000-7000-8000-00000000000a"));
const person = (number: number, role: "approver" | "admin") => ({
  tenant,
  person: required(personId("00000000-0000-7000-8000-00000000000b")),
  github: github(number),
  login: `p${number}`,
  roles: [role],
  addedAt: at,
});
const agent = (name: string, requester: number, revoked = false) => ({
  id: required(agentId("00000000-0000-7000-8000-00000000000c")),
  name,
  requester: github(requester),
  tools: "all" as const,
  addedAt: at,
  revokedAt: revoked ? at : null,
});

test.each([
  ["there is nobody", [], ["fixer"]],
  ["an admin is no approver", [person(2, "admin")], ["fixer"]],
  ["the only approver is whom it acts for", [person(1, "approver")], ["fixer"]],
  ["another approver", [person(1, "approver"), person(2, "approver")], []],
] as const)("who may answer for an agent: %s", (_, people, names) =>
  expect(unanswered([agent("fixer", 1), agent("gone", 1, true)], people)).toEqual(names),
);
