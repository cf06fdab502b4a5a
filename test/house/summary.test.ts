import { describe, expect, it } from "vitest";
import { summarise } from "../../scripts/tests/summary.ts";

const file = (status: string, ...tests: string[]) => ({
  name: "a.test.ts",
  status,
  assertionResults: tests.map((one, i) => ({ fullName: `case ${i}`, status: one })),
});
const run = (...files: ReturnType<typeof file>[]) => {
  const { lines, ok } = summarise({ success: files.every(({ status }) => status === "passed"), testResults: files });
  return [lines.at(-1), ok];
};

describe("the count at the end of .ci/run", () => {
  it("all passed", () => {
    expect(run(file("passed", "passed", "passed"))).toEqual(["2 passed, 0 failed", true]);
  });
  it("one failed", () => {
    expect(run(file("failed", "passed", "failed"))).toEqual(["1 passed, 1 failed", false]);
  });
  it.each(["skipped", "pending", "todo", "disabled"])("a test that is %s fails the run", (status) => {
    expect(run(file("passed", "passed", status))).toEqual(["1 passed, 0 failed, 1 skipped", false]);
  });
  it("a file that does not load is a failure, although none of its tests failed", () => {
    expect(run(file("passed", "passed"), file("failed"))).toEqual(["1 passed, 1 failed", false]);
  });
  it("no tests at all fail the run", () => {
    expect(run()).toEqual(["0 passed, 0 failed", false]);
  });
});
