import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { OF_NO_NOTICE, TENANCY_CASES, TICKET_CASES } from "./tenancy-cases.ts";

/** The audit log's tamper and fault cases, as the tests number them. */
const CASES = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 16, 17, 18, 20, 22, 23, 24, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,
  42, 43, 44, 45, 46, 47, 48, 50, 51, 52, 53, 54, 56, 57, 59, 60, 61, 64, 65, 66, 67, 68, 70,
]; // prettier-ignore

const folder = join(import.meta.dirname, "..");
const tests = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => ({ file, text: readFileSync(join(folder, file), "utf8") }));

it("each of the audit log's cases is named by a test", () => {
  const named = tests
    .flatMap(({ text }) => text.match(/\bcases? \d+(?:, \d+)*(?=[:, ])/g) ?? [])
    .flatMap((found) => found.match(/\d+/g) ?? [])
    .map(Number);
  expect(CASES.filter((number) => !named.includes(number))).toEqual([]);
});

/** The merge gate's own cases have numbers of the same letters; among its tests, this one is about tenants. */
const ofTheGate = (file: string): boolean => file.startsWith("gate/") && file !== "gate/lock.test.ts";

/** A name begins with its ids: "D1, D4 (T2) ...", "O1 D4 ...", "L12: ...". */
const NAME = /["'`]((?:[A-Z]{1,2}\d+(?: to [A-Z]\d+)?(?: \([A-Z0-9, ]+\))?[,:]? )+)/g;

const namedBy = (of: (file: string) => boolean): ReadonlySet<string> =>
  new Set(
    tests
      .filter(({ file }) => of(file))
      .flatMap(({ text }) => [...text.matchAll(NAME)].flatMap(([, ids]) => ids?.match(/[A-Z]{1,2}\d+/g) ?? [])),
  );

it("each case of tenants, keys, leases and offboarding is named by a test", () => {
  const named = namedBy((file) => !ofTheGate(file));
  expect(Object.keys(TENANCY_CASES).filter((id) => !named.has(id))).toEqual([]);
});

/** T1 to T3 are guarantees about tenants elsewhere: only among these is it a case of tickets. */
const ofTickets = (file: string): boolean =>
  /^(?:tickets|notify|mail|slack)\//.test(file) || BESIDE.some((path) => file === path);
const BESIDE = ["approvals/io/told.test.ts", "attacks/answer-an-approval-too-late.test.ts", "main/approval-in-slack.test.ts"]; // prettier-ignore

it("each case of tickets, their timers and their notices is named by a test of theirs", () => {
  const named = namedBy(ofTickets);
  expect(Object.keys(TICKET_CASES).filter((id) => !named.has(id))).toEqual([]);
  expect(Object.keys(OF_NO_NOTICE).filter((id) => id in TICKET_CASES)).toEqual([]);
});
