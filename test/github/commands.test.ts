import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideCommand } from "../../src/github/commands/decide.ts";
import { type Command, parseCommand } from "../../src/github/commands/parse.ts";
import { replyTo } from "../../src/github/commands/reply.ts";

describe("reading a command", () => {
  test.each<[string, Command | null]>([
    ["/countersign explain", { kind: "explain" }],
    ["/countersign recheck\r\nthanks!", { kind: "recheck" }],
    ["/countersign   HOLD   waiting for the auditor ", { kind: "hold", reason: "waiting for the auditor" }],
    ["/countersign hold", { kind: "hold", reason: "" }],
    ["/countersign hold `x` \u202eevil", { kind: "hold", reason: "x evil" }],
    ["/countersign unhold", { kind: "unhold" }],
    ["/countersign revoke", { kind: "revoke" }],
    ["/countersign", { kind: "help" }],
    ["/countersign approve", { kind: "unknown", word: "approve" }],
    ["/countersign merge now", { kind: "unknown", word: "merge" }],
    ["please /countersign hold", null],
    ["> /countersign hold", null],
    ["    /countersign hold", null],
    ["hello\n/countersign hold", null],
    ["/countersigned hold", null],
    ["/approve", null],
    ["", null],
  ])("%j", (body, command) => expect(parseCommand(body)).toEqual(command));

  test("a reason is one bounded printable line, whatever was written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 900 }), (text) => {
        const command = parseCommand(`/countersign hold ${text}`);
        if (command?.kind !== "hold") return;
        expect(command.reason.length).toBeLessThanOrEqual(200);
        expect(command.reason).not.toMatch(/[`\p{Cc}]/u);
      }),
    );
  });
});

describe("who may do what: a command explains, looks again or stops; none grants", () => {
  const can = (
    kind: "help" | "explain" | "recheck" | "unhold" | "revoke",
    permission: Parameters<typeof decideCommand>[1],
  ) => decideCommand({ kind }, permission).kind;
  test.each([
    ["explain", "read", "do"],
    ["explain", "none", "refuse"],
    ["recheck", "read", "refuse"],
    ["recheck", "triage", "do"],
    ["unhold", "triage", "refuse"],
    ["unhold", "write", "do"],
    ["revoke", "read", "do"],
    ["help", "none", "refuse"],
  ] as const)("%s with %s access: %s", (kind, permission, ruling) => expect(can(kind, permission)).toBe(ruling));

  test("only write access or more can hold", () => {
    for (const permission of ["none", "read", "triage"] as const)
      expect(decideCommand({ kind: "hold", reason: "" }, permission)).toEqual({ kind: "refuse", needs: "write" });
    for (const permission of ["write", "maintain", "admin"] as const)
      expect(decideCommand({ kind: "hold", reason: "" }, permission).kind).toBe("do");
  });

  test("only an admin may release the holds of others", () => {
    expect(decideCommand({ kind: "unhold" }, "maintain")).toMatchObject({ admin: false });
    expect(decideCommand({ kind: "unhold" }, "admin")).toMatchObject({ admin: true });
  });
});

test("every reply says what to do next and carries the mark it is found again by", () => {
  expect(replyTo("ann", { kind: "hold", answer: "held", reason: "auditor" }, "g-1")).toBe(
    "@ann this pull request is held (reason: `auditor`): it does not pass until you or an admin write `/countersign unhold`.\n\n<!-- countersign:reply:g-1 -->",
  );
});
