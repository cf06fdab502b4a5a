// What a call may use at most is held for it when it comes. An agent that is refused, or only asks, must not use up its day, nor its
// tenant's, with what never ran; and what did run counts.
import { expect, it } from "vitest";
import { createBudgets } from "#controls/io";
import { read, stageOf } from "../gateway/support/stage.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const stage = stageOf(t, await t.tenant("acme", 1));
const budgets = createBudgets({ append: t.append });
const shell = (command: string, explain = false) =>
  stage.gateway.handle(
    stage.who,
    read({ tool: "shell.test", arguments: { repository: "acme/shop", command }, explain }),
    10_000,
  );

it("nothing stays held for calls that were refused, explained or done; each counts as a call", async () => {
  for (let n = 0; n < 20; n++) {
    expect(await shell("git push --force")).toMatchObject({ code: "policy_red" });
    expect(await shell("npm test", true)).toMatchObject({ kind: "explained" });
    expect(await shell("npm test")).toMatchObject({ kind: "done" });
  }
  const { used } = await stage.inTenant((tx) => budgets.show(tx, stage.who.agent));
  expect(used.calls).toBe(60);
  expect(used.wallMs).toBeGreaterThan(0);
  expect(used.wallMs).toBeLessThan(600_000);
  expect(used.bytes).toBeGreaterThan(0);
});
