// `countersign slack check`: what somebody who sets Slack up reads, slip by slip.

import { afterAll, expect, test } from "vitest";
import { checkSlack } from "#slack";
import { tokenDouble } from "./token-double.ts";

const slack = await tokenDouble();
afterAll(() => slack.close());
slack.tokens.add("xoxb-good");
const workspace = { team: "T1", channels: [] };
const check = (over: Partial<Parameters<typeof checkSlack>[0]> = {}) =>
  checkSlack({
    prefix: "acme",
    token: "xoxb-good",
    signingSecret: "8f742231b10e8888abcd99e0d0c085a5",
    workspace,
    place: { apiUrl: slack.apiUrl },
    ...over,
  });

test("all well", async () => expect((await check()).filter(({ ok }) => !ok)).toEqual([]));

test.each<[string, Parameters<typeof check>[0], RegExp]>([
  ["no signing secret", { signingSecret: null }, /every request of Slack's is refused\. Set it: countersign secret set acme SLACK_SIGNING_SECRET/],
  ["the client secret in its place", { signingSecret: "xoxb-1" }, /does not look like one: 32 of the characters.*Basic Information/],
  ["no token", { token: null }, /SLACK_BOT_TOKEN is not set.*countersign secret set acme SLACK_BOT_TOKEN/],
  ["a token that Slack does not know", { token: "xoxb-wrong" }, /Slack does not know this token\. Copy the Bot User OAuth Token/],
  ["nothing connected", { workspace: null }, /countersign slack connect acme --team ID/],
  ["another company's token", { workspace: { team: "T2", channels: [] } }, /of the workspace T1, and connected is T2/],
])("%s", async (_, over, words) => {
  const wrong = (await check(over)).filter(({ ok }) => !ok);
  expect(wrong).toHaveLength(1);
  expect(wrong[0]?.text).toMatch(words);
}); // prettier-ignore

test("a revoked token, and Slack that does not answer, are told apart", async () => {
  slack.down = "internal_error";
  expect((await check()).at(-1)?.text).toContain("Slack says internal_error. Try again");
  slack.down = null;
});
