// Some words in a commit's message, or in a pull request's that is squashed, tell GitHub to run no checks at all.
import { expect, it } from "vitest";
import { z } from "zod";
import { propose, stageOf } from "../gateway/support/stage.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const stage = stageOf(t, await t.tenant("acme", 1));
const given = z.record(z.string(), z.json()).parse(propose("a.ts").arguments);
const asked = (words: Readonly<Record<string, string>>) =>
  stage.gateway.handle(stage.who, { ...propose("a.ts"), arguments: { ...given, ...words } }, 10_000);

it.each([
  { title: "[skip ci] One" },
  { title: "One [ CI skip ]" },
  { title: "One [no ci]" },
  { body: "Why.\n\n[skip actions]" },
  { body: "Why.\n\nskip-checks: true" },
])("a proposal that says %j is refused, and names the rule", async (words) => {
  expect(await asked(words)).toMatchObject({ code: "policy_red", rules: [{ id: "never.bypass_checks" }] });
  expect(stage.sent()).toHaveLength(0);
});

it("a title is one line: no trailer of git's is written into it", async () => {
  expect(await asked({ title: "One\n\nskip-checks: true" })).toMatchObject({ code: "arguments_invalid" });
  expect(await asked({ title: "One\rCo-authored-by: Ann <ann@example.com>" })).toMatchObject({
    code: "arguments_invalid",
  });
});
