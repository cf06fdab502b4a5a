// A path that an agent gives is to lead out of the repository: up, to a root, through another name of the same file, or past whoever reads it.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { observed } from "#policy";
import { propose, read, stageOf } from "../gateway/support/stage.ts";
import { engineOf, facts } from "../policy/rules.ts";
import { testDatabase } from "../support/database.ts";

const engine = await engineOf();
const TOOLS = ["repo.read", "repo.propose"] as const;
const seen = (tool: (typeof TOOLS)[number], path: string) =>
  observed(facts({ tool, branch: tool === "repo.propose" ? "topic" : "none" }), { paths: [path] });
const t = await testDatabase();
const stage = stageOf(t, await t.tenant("acme", 1));

const ATTEMPTS = [
  "../x", "..", "a/../../x", "a/..", "./x", "a/./b", "a//b", "a/", "/etc/passwd", "//host/share", "~/.bashrc", "~root/x", "C:\\x", "c:x", "a\\..\\x",
  "..\\x", "a/..\u200b/x", "a/\u202e..", "a\u0000b", "a\nb", "a\tb", "\u2025/x", "．．/x", "a/．．/x", ":(top)x", "a/.. /x", "a/b.", "a/b ", "GIT~1/config",
  "a/PROGRA~1", "", "a".repeat(5_000),
]; // prettier-ignore

describe.each(TOOLS)(
  "24 %s: a path that leaves the repository, or is not written in the one plain way, is RED",
  (tool) => {
    it.each(ATTEMPTS)("%j", async (path) => {
      expect(await engine.decide(seen(tool, path))).toMatchObject({
        colour: "RED",
        errors: [],
        reasons: expect.arrayContaining([expect.objectContaining({ id: "never.leave_the_repository" })]),
      });
    });

    it("of any path with a step up in it, wherever it stands", () => {
      const name = fc.stringMatching(/^[a-z]{1,5}$/);
      fc.assert(
        fc.property(fc.array(name, { maxLength: 4 }), fc.array(name, { maxLength: 4 }), (before, after) => {
          expect(seen(tool, [...before, "..", ...after].join("/")).hazards).toContain("paths.escape");
        }),
      );
    });

    it.each(["a.ts", "src/a..b.ts", ".gitignore", "docs/read me.md", "src/~x.ts", "ä/ö.ts"])("and %j is fine", (path) =>
      expect(seen(tool, path).hazards).not.toContain("paths.escape"),
    );
  },
);

it.each(["../x", "/etc/passwd", "a/../../x"])("by the gateway: %j is refused, and nothing is sent", async (path) => {
  const answers = [
    await stage.gateway.handle(stage.who, read({ arguments: { repository: "acme/shop", paths: [path] } }), 10_000),
    await stage.gateway.handle(stage.who, propose(path), 10_000),
  ];
  for (const answer of answers)
    expect(answer).toMatchObject({ kind: "refused", code: expect.stringMatching(/^(?:policy_red|arguments_invalid)$/) });
  expect(stage.sent()).toEqual([]);
}); // prettier-ignore
