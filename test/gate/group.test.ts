import { describe, expect, test } from "vitest";
import { incomplete, known, unknown } from "#kernel";
import { decideGroup } from "#gate";
import type { GroupMember, MergeGroup } from "#gate";
import { adm, ann, b0, bob, branch, dismissed, H1, H2, H3, MAIN, number, says } from "./baseline.ts";
import type { Change } from "./baseline.ts";

const member = (n: number, change: Change, more: Partial<GroupMember> = {}): GroupMember => ({
  number: number(n),
  queuedHead: H2,
  facts: b0({ ...change, pullRequest: { number: number(n), ...change.pullRequest } }),
  ...more,
});
const group = (...members: readonly GroupMember[]): MergeGroup => ({
  headSha: H3,
  baseRef: MAIN,
  members: known(members),
});
const ok = { reviews: [says(ann)] };
const gone = says(ann, { state: "DISMISSED" });
const DEVELOP = branch("develop");

describe("a merge group passes only if each pull request in it passes now (G2)", () => {
  test.each<readonly [string, MergeGroup, string, readonly string[]]>([
    [
      "E08 all approved, heads unchanged",
      group(member(1, ok), member(2, { reviews: [says(bob)] })),
      "pass",
      ["approved"],
    ],
    [
      "E09 one dismissed while queued",
      group(member(1, { reviews: [gone], dismissals: [dismissed(gone, adm)] }), member(2, ok)),
      "fail",
      ["dismissed"],
    ],
    [
      "E09 one that moved since it was queued",
      group(member(1, ok, { queuedHead: H1 }), member(2, ok)),
      "fail",
      ["stale_sha"],
    ],
    [
      "E09 one that is about another branch by now",
      group(member(1, { pullRequest: { baseRef: DEVELOP } })),
      "fail",
      ["base_changed"],
    ],
    [
      "E10 the group cannot be mapped to pull requests",
      { headSha: H3, baseRef: MAIN, members: unknown("its ref names none") },
      "error",
      ["group_unmapped"],
    ],
    ["E10 a group of nobody", group(), "error", ["group_unmapped"]],
    [
      "a member whose facts could not be loaded fails closed",
      group(member(1, ok), member(2, ok, { facts: null })),
      "error",
      ["incomplete_facts"],
    ],
    [
      "a member with incomplete facts wins over one that fails",
      group(member(1, {}), member(2, { reviews: incomplete("502") })),
      "error",
      ["incomplete_facts"],
    ],
    [
      "facts about another pull request than the member are no facts",
      group(member(1, ok, { number: number(9) })),
      "error",
      ["incomplete_facts"],
    ],
  ])("%s", (_, given, decision, reasons) => {
    const verdict = decideGroup(given);
    expect(verdict).toMatchObject({ decision, reasons, headSha: H3, baseRef: MAIN });
  });
});
