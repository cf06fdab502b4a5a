// Somebody in a channel, a client's customer too, writes a ticket in Slack's mark-up: what they may not do themselves (call everybody, hide an address
// behind a friendly word) our app would do for them, under its own name.

import { beforeEach, expect, it } from "vitest";
import { commandBody, slackStage } from "../slack/stage.ts";

const stage = await slackStage();
beforeEach(() => stage.clear());

it.each([
  ["<!channel> look", "&lt;!channel&gt; look"],
  ["<!here|here> <!everyone>", "&lt;!here|here&gt; &lt;!everyone&gt;"],
  ["<@UBOB> and <!subteam^S1>", "&lt;@UBOB&gt; and &lt;!subteam^S1&gt;"],
  ["<https://evil.example|Sign in to Countersign>", "&lt;https://evil.example|Sign in to Countersign&gt;"],
  ["&lt;!channel&gt; as Slack spells it", "&lt;!channel&gt; as Slack spells it"],
  ["&amp;lt;!channel&amp;gt; spelt twice", "&amp;lt;!channel&amp;gt; spelt twice"],
  ["a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"],
])("%j stands there as it was typed, and is nothing more", async (typed, said) => {
  stage.pass(1_000);
  expect((await stage.ask(stage.request("commands", commandBody(`ticket ${typed}`)))).status).toBe(200);
  await stage.work();
  expect(stage.begun).toEqual([`<@UANN> asked for a ticket:\n${said}`]);
  // The ticket has what was said, as Slack has it.
  expect(stage.heard).toMatchObject([{ opens: true }]);
});
