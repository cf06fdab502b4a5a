// One file has many names: on file systems that drop what stands at the end, in git's patterns, and in the settings that hold a token.
import { expect, it } from "vitest";
import { read, stageOf } from "../gateway/support/stage.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const stage = stageOf(t, await t.tenant("acme", 1));

it.each([
  ".env ",
  ".env.",
  "a /b",
  ".git./config",
  ".git /config",
  "git~1/config",
  "GITHUB~1/x",
  ".git/config",
  ":(glob)**",
  ":!a",
  ":/",
])("%j is read by nobody", async (path) => {
  for (const [tool, more] of [
    ["repo.read", {}],
    ["repo.search", { pattern: "x" }],
    ["repo.diff", { base: "a", head: "b" }],
  ] as const)
    expect(
      await stage.gateway.handle(
        stage.who,
        read({ tool, arguments: { repository: "acme/shop", paths: [path], ...more } }),
        10_000,
      ),
    ).toMatchObject({ code: "policy_red" });
  expect(stage.sent()).toHaveLength(0);
});
