// The official client against a Slack that nobody here wrote. It believes any token and shows no metadata in histories, which Slack does not
// do: nothing here rests on either.

import { createEmulator, type Emulator } from "emulate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebClient } from "@slack/web-api";
import { instantOfMillis } from "#kernel";
import { createSlackWeb, type SlackWeb } from "#slack";
import { freePort } from "../support/free-port.ts";

let emulator: Emulator;
let web: SlackWeb;
let human: WebClient;
const TOKEN = "xoxb-bot";

beforeAll(async () => {
  emulator = await createEmulator({
    service: "slack",
    port: await freePort(),
    seed: {
      slack: {
        users: [{ name: "ann", real_name: "Ann Example" }],
        tokens: [
          { token: TOKEN, type: "bot", bot_id: "B000000001" },
          { token: "xoxp-ann", user: "ann" },
        ],
      },
    },
  });
  web = createSlackWeb({ apiUrl: `${emulator.url}/api/` });
  human = new WebClient("xoxp-ann", { slackApiUrl: `${emulator.url}/api/` });
});
afterAll(() => emulator.close());

const now = () => instantOfMillis(Date.now() - 60_000);

test("a thread is begun, and what people answer in it is read back", async () => {
  const begun = await web.begin(TOKEN, {
    channel: "C000000001",
    text: "asked for a ticket",
    key: "command-1",
    since: now(),
  });
  if (begun.kind !== "begun") throw new Error(begun.why);
  await human.apiCall("chat.postMessage", { channel: "C000000001", thread_ts: begun.ts, text: "Yes, since Monday." });
  const read = await web.replies(TOKEN, { channel: "C000000001", thread: begun.ts, since: now() });
  if (read.kind !== "words") throw new Error(read.kind);
  expect(read.words.filter(({ user }) => user !== null).length).toBeGreaterThanOrEqual(1);
});

test("a channel that we are not shown is no silence, and nothing is begun there", async () => {
  const thread = { thread: "1793613600.000100", since: now() };
  expect((await web.replies(TOKEN, { ...thread, channel: "C00000NONE" })).kind).toBe("unknown");
  expect(await web.begin(TOKEN, { channel: "C00000NONE", text: "x", key: "k", since: now() })).toMatchObject({
    kind: "refused",
  });
});

test("a name is shown where there is one", async () => {
  expect(await web.nameOf(TOKEN, "U000000001")).toBe("admin");
  expect(await web.nameOf(TOKEN, "UNOBODY")).toBeNull();
});

test("an answer goes to Slack's own host, whatever a request says", async () => {
  const asked: string[] = [];
  const spy: typeof fetch = async (url) => {
    asked.push(new Request(url).url);
    return new Response("ok");
  };
  const talking = createSlackWeb({ fetch: spy });
  await talking.answer("https://hooks.slack.com/actions/T/1/x", "Rejected.");
  for (const elsewhere of [
    "http://169.254.169.254/latest",
    "https://hooks.slack.com.evil.example/",
    "https://evil.example/https://hooks.slack.com/",
  ])
    await talking.answer(elsewhere, "Rejected.");
  expect(asked).toEqual(["https://hooks.slack.com/actions/T/1/x"]);
});
