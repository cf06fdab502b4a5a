import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { branchName, commitSha, digest, prNumber, reviewId, userId } from "#kernel";
import { CHECK_LIMITS, isExplained, report, SENTENCES } from "#gate";
import type { Code, ExplainedCode, Note, ReviewCode, Verdict } from "#gate";
import { H2 } from "./b0.ts";

function must<T>(value: T | null): T {
  if (value === null) throw new Error("not a possible value");
  return value;
}
const DIGEST = must(digest("d".repeat(64)));
const REMARKS = new Set<ExplainedCode>([
  "floor_clamped",
  "review_edited",
  "unmapped_coauthor",
  "veto_ignored",
  "bypass_recommended",
]);
const isCode = (code: ExplainedCode): code is Code => !REMARKS.has(code);

function verdict(change: Partial<Verdict> = {}): Verdict {
  return {
    decision: "fail",
    number: must(prNumber(1)),
    headSha: must(commitSha(H2)),
    baseRef: must(branchName("main")),
    reasons: ["no_approval"],
    counted: [],
    rejected: [],
    approvals: { needed: 1, had: 0 },
    awaitsHuman: true,
    notes: [],
    ...change,
  };
}
const rejected = (login: string | null, codes: readonly ReviewCode[]) => ({
  reviewId: must(reviewId(5)),
  userId: must(userId(1)),
  login,
  codes,
});

describe("F07 the conclusion is never neutral or skipped", () => {
  test.each<readonly [Partial<Verdict>, string]>([
    [{ decision: "pass", reasons: ["approved"] }, "success"],
    [{ decision: "fail", awaitsHuman: true }, "action_required"],
    [{ decision: "fail", awaitsHuman: false }, "failure"],
    [{ decision: "error", awaitsHuman: true, reasons: ["incomplete_facts"] }, "failure"],
  ])("%j: %s", (change, conclusion) => {
    expect(report(verdict(change), DIGEST).conclusion).toBe(conclusion);
  });

  const anyCode = fc.constantFrom(...Object.keys(SENTENCES).filter(isExplained).filter(isCode));
  const anyNote = fc
    .record({
      text: fc.string({ unit: "binary", maxLength: 300 }),
      path: fc.constantFrom(".github/merge-gate.yml", "x"),
      line: fc.nat(),
    })
    .map((n): Note => ({ code: "config_invalid", ...n }));
  test("property: whatever the verdict says, the report is one GitHub accepts, and success means pass", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("pass", "fail", "error"),
        fc.array(anyCode),
        fc.boolean(),
        fc.array(anyNote, { maxLength: 80 }),
        fc.array(fc.string({ unit: "binary" }), { maxLength: 50 }),
        (decision, reasons, awaitsHuman, notes, logins) => {
          const r = report(
            verdict({ decision, reasons, awaitsHuman, notes, rejected: logins.map((l) => rejected(l, ["stale_sha"])) }),
            DIGEST,
          );
          expect(["success", "failure", "action_required"]).toContain(r.conclusion);
          expect(r.conclusion === "success").toBe(decision === "pass");
          expect(Buffer.byteLength(r.output.title)).toBeLessThanOrEqual(CHECK_LIMITS.titleBytes);
          expect(Buffer.byteLength(r.output.summary)).toBeLessThanOrEqual(CHECK_LIMITS.summaryBytes);
          expect(r.output.annotations.length).toBeLessThanOrEqual(CHECK_LIMITS.annotations);
        },
      ),
    );
  });
});

describe("what the report says", () => {
  test("the title says whose move it is, and what is the matter", () => {
    expect(report(verdict(), DIGEST).output.title).toBe(
      "Waiting for a reviewer: no human has approved this exact commit.",
    );
    expect(report(verdict({ reasons: ["draft", "no_approval"] }), DIGEST).output.title).toBe(
      "Waiting for the author: the pull request is a draft.",
    );
    expect(
      report(verdict({ reasons: ["insufficient_approvals"], approvals: { needed: 2, had: 1 } }), DIGEST).output.title,
    ).toBe("Waiting for a reviewer: 1 of 2 approvals.");
    expect(report(verdict({ decision: "error", reasons: ["config_invalid"] }), DIGEST).output.title).toMatch(
      /^Could not decide, so nothing merges: /,
    );
    expect(report(verdict({ decision: "pass", reasons: ["approved"] }), DIGEST).output.title).toMatch(
      /^Ready to merge/,
    );
  });
  test("each rejected review stands there with its reason in plain words and its code", () => {
    const { summary } = report(
      verdict({
        reasons: ["stale_sha"],
        rejected: [rejected("ann", ["stale_sha", "author"]), rejected(null, ["unknown_reviewer"])],
      }),
      DIGEST,
    ).output;
    expect(summary).toContain(
      "- `ann`: The review is for another commit. Every new commit ends earlier approvals, for good. (`stale_sha`) The reviewer opened this pull request. (`author`)",
    );
    expect(summary).toContain("A deleted account: ");
  });
  test("what to do next comes first, once each", () => {
    const { summary } = report(verdict({ reasons: ["author", "contributor"] }), DIGEST).output;
    expect(summary.split("\n").slice(0, 3)).toEqual([
      "### What to do next",
      "- Ask somebody who has no part in the change.",
      "",
    ]);
  });
  test("external_id is the digest of the facts, and the run belongs to the judged commit", () => {
    expect(report(verdict(), DIGEST)).toMatchObject({
      external_id: DIGEST,
      head_sha: H2,
      name: "countersign",
      status: "completed",
    });
  });
  test("C21 the Approve button is there only while a step-up is missing", () => {
    expect(report(verdict({ reasons: ["step_up_missing"] }), DIGEST).actions).toEqual([
      { label: "Approve", description: expect.any(String), identifier: "countersign_approve" },
    ]);
    expect(report(verdict(), DIGEST).actions).toEqual([]);
    expect(report(verdict({ decision: "pass", reasons: ["approved"] }), DIGEST).actions).toEqual([]);
  });
  test("the button fits GitHub's limits", () => {
    const [action] = report(verdict({ reasons: ["step_up_missing"] }), DIGEST).actions;
    expect([
      (action?.label.length ?? 99) <= CHECK_LIMITS.actionLabel,
      (action?.description.length ?? 99) <= CHECK_LIMITS.actionDescription,
      (action?.identifier.length ?? 99) <= CHECK_LIMITS.actionIdentifier,
    ]).toEqual([true, true, true]);
  });
  test("a mistake in a file of this repository becomes an annotation; the organisation's is told in the notes", () => {
    const notes: Note[] = [
      { code: "config_invalid", text: "bad", path: ".github/merge-gate.yml", line: 3 },
      { code: "floor_clamped", text: "low", path: ".github/merge-gate.yml", line: 4 },
      { code: "config_invalid", text: "worse", path: "(organisation) merge-gate.yml", line: 5 },
    ];
    const { annotations, summary } = report(
      verdict({ decision: "error", reasons: ["config_invalid"], notes }),
      DIGEST,
    ).output;
    expect(annotations.map((a) => [a.start_line, a.annotation_level, a.message])).toEqual([
      [3, "failure", "bad"],
      [4, "warning", "low"],
    ]);
    expect(summary).toContain("worse");
  });
  test("a summary that is too long ends at a whole line and says so", () => {
    const many = Array.from({ length: 2000 }, (_, i) => rejected(`user${i}`, ["stale_sha"]));
    const { summary } = report(verdict({ rejected: many }), DIGEST).output;
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(65_535);
    expect(summary).toMatch(/… and \d+ more lines, left out here\.$/);
  });
});

describe("text that an attacker chose plants nothing", () => {
  const evil = "x`![p](https://evil.example/p.png) @acme/everyone #1 <img src=x> \n# Passed\n\u202eok";
  const { summary, title } = report(
    verdict({
      baseRef: must(branchName("main`@everyone")),
      rejected: [rejected(evil, ["stale_sha"])],
      notes: [{ code: "veto_ignored", text: evil, path: evil }],
    }),
    DIGEST,
  ).output;
  test("no heading, no reordering of text, no stray line", () => {
    expect(summary).not.toMatch(/^# Passed/m);
    expect(summary).not.toContain("\u202e");
  });
  test("code spans cannot be left", () => {
    for (const line of summary.split("\n").filter((l) => l.includes("everyone") && l.startsWith("- `"))) {
      const outside = line
        .split("`")
        .filter((_, i) => i % 2 === 0)
        .join("");
      expect(outside).not.toMatch(/@acme|!\[|<img/);
    }
  });
  test("in prose, mentions, pictures, references, HTML and links are broken", () => {
    const note = summary.slice(summary.indexOf("### Notes"));
    const outside = note
      .split("`")
      .filter((_, i) => i % 2 === 0)
      .join("");
    expect(outside).not.toMatch(/@acme|(?<!\\)!\[|#1|(?<!\\)<img|https:\/\//);
  });
  test("a name cut in the middle of a character is still text that GitHub takes", () => {
    const notes: Note[] = [{ code: "veto_ignored", text: `${"x".repeat(998)}\u{1F600}`.repeat(2) }];
    const login = `${"x".repeat(118)}\u{1F600}xx`;
    const { output } = report(verdict({ rejected: [{ ...rejected("x", ["stale_sha"]), login }], notes }), DIGEST);
    expect(output.summary.isWellFormed()).toBe(true);
  });
  test("the title holds none of it", () => {
    expect(title).not.toContain("everyone");
  });
});
