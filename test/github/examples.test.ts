// Every example payload that GitHub's community collected, sent by a bound tenant's installation, signed.

import examples from "@octokit/webhooks-examples" with { type: "json" };
import { expect, test } from "vitest";
import { z } from "zod";
import { testDatabase } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";
import { delivery } from "./support/sign.ts";
import { surfaceOn } from "./support/surface.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 101);
const { gate, calls, inbox, run } = await surfaceOn(t);

const all = z
  .array(z.object({ name: z.string(), examples: z.array(z.looseObject({})) }))
  .parse(examples)
  .flatMap(({ name, examples: payloads }) =>
    payloads.map((payload, n) => ({
      guid: `${name.replaceAll("_", "-")}-${n}`,
      name,
      payload: { ...payload, installation: { id: 101 } },
    })),
  );

test(
  "all 329 are answered 2xx, none is lost, none crashes a job, and none calls GitHub",
  { timeout: 120_000 },
  async () => {
    expect(all).toHaveLength(329);
    for (const { guid, name, payload } of all) {
      const response = await inbox.fetch(delivery({ guid, event: name, body: JSON.stringify(payload) }));
      expect(response.ok, `${guid}: ${response.status}`).toBe(true);
    }
    // The client uninstalls the App: from then on nothing of it is looked at any more.
    const last = ({ name, payload }: (typeof all)[number]): boolean =>
      name === "installation" && Reflect.get(payload, "action") === "deleted";
    for (const { guid } of [...all.filter((each) => !last(each)), ...all.filter(last)])
      await run("github.delivery", acme.id, guid);
    const outcomes = await t.adminSql(
      "select outcome, count(*)::int as n from inbox.delivery group by outcome order by outcome",
    );
    const pings = all.filter(({ name }) => name === "ping").length;
    expect(outcomes.reduce((sum, { n }) => sum + Number(n), 0)).toBe(329 - pings);
    // Of the second uninstallation nothing is looked at: the first one has shut the client.
    const shut = all.filter(last).slice(1);
    expect(outcomes.find(({ outcome }) => outcome === null)?.["n"] ?? 0).toBe(shut.length);
    expect(calls, "an event merges nothing: it only says what to look at").toEqual([]);
    expect(new Set(gate.work.map((work) => work.kind))).toEqual(
      new Set(["evaluate", "closed", "watch_branch", "watch_protection", "evaluate_group", "reconcile"]),
    );
  },
);

test("none is taken for malformed: our shapes fit GitHub's", async () => {
  const malformed = await t.adminSql(
    "select event, count(*)::int as n from inbox.delivery where outcome = 'malformed' group by event order by event",
  );
  expect(malformed).toEqual([]);
});

test("the log verifies", async () => {
  expect(await checkWorld(t)).toBeGreaterThan(300);
});
