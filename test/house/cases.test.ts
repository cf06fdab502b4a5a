import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** The audit log's tamper and fault cases, as the tests number them. */
const CASES = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 16, 17, 18, 20, 22, 23, 24, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,
  42, 43, 44, 45, 46, 47, 48, 50, 51, 52, 53, 54, 56, 57, 59, 60, 61, 64, 65, 66, 67, 68, 70,
]; // prettier-ignore

it("each of the audit log's cases is named by a test", () => {
  const folder = join(import.meta.dirname, "..");
  const named = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .flatMap((file) => readFileSync(join(folder, file), "utf8").match(/\bcases? \d+(?:, \d+)*(?=[:, ])/g) ?? [])
    .flatMap((found) => found.match(/\d+/g) ?? [])
    .map(Number);
  expect(CASES.filter((number) => !named.includes(number))).toEqual([]);
});
