// With Slack's own client, against an emulator that nobody here wrote.

import { createEmulator, type Emulator } from "emulate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { approvalId, instantOfMillis } from "#kernel";
import { SLACK_ACTIONS } from "#notify";
import { slackCarrier } from "#notify/io";
import { parcel, secretsOf, soon } from "../support/parcel.ts";
import { freePort } from "../../support/free-port.ts";

let emulator: Emulator;
let channel = "";
const list = z.object({ channels: z.array(z.object({ id: z.string(), name: z.string() })) });
const history = z.object({ messages: z.array(z.looseObject({ text: z.string(), ts: z.string() })) });
const ask = async (method: string, body: object): Promise<unknown> =>
  (
    await fetch(`${emulator.url}/api/${method}`, {
      method: "POST",
      headers: { authorization: "Bearer xoxb-acme", "content-type": "application/json" },
      body: JSON.stringify(body),
    })
  ).json();
const messages = async () => history.parse(await ask("conversations.history", { channel })).messages;

beforeAll(async () => {
  emulator = await createEmulator({
    service: "slack",
    port: await freePort(),
    seed: { slack: { team: { name: "acme", domain: "acme" }, channels: [{ name: "support" }] } },
  });
  channel = list.parse(await ask("conversations.list", {})).channels.find(({ name }) => name === "support")?.id ?? "";
});
afterAll(() => emulator.close());

const carrier = (token = "xoxb-acme") =>
  slackCarrier({ secret: secretsOf(token === "" ? {} : { SLACK_BOT_TOKEN: token }), apiUrl: `${emulator.url}/api/` });
const to = (more: { thread?: string; rewrites?: string } = {}) =>
  ({ kind: "slack", team: "T1", channel, thread: null, rewrites: null, ...more }) as const;

describe("a notice in Slack", () => {
  it("is a message of plain text with its button; nobody is called by what it quotes", async () => {
    const sent = await carrier()(parcel(to()), soon());
    expect(sent).toMatchObject({ kind: "taken", receipt: { channel, ts: expect.stringMatching(/^\d+\.\d+$/) } });
    const [message] = await messages();
    expect(JSON.stringify(message?.["blocks"])).not.toContain("mrkdwn");
    expect(message?.text).toBe("Is it still broken?");
    expect(message?.["blocks"]).toMatchObject([
      { type: "header" },
      { type: "section", text: { type: "plain_text" } },
      {
        type: "actions",
        elements: [{ action_id: "countersign.open.0", url: "https://countersign.example/tickets/7" }],
      },
    ]);
  });

  it("that was posted before a crash is found again, and not posted twice", async () => {
    const before = (await messages()).length;
    const again = parcel(to(), { triedAt: instantOfMillis(Date.now() - 60_000) });
    expect(await carrier()(again, soon())).toMatchObject({ kind: "taken" });
    expect(await messages()).toHaveLength(before);
  });

  it("of another key is another message, also right after a crash", async () => {
    const before = (await messages()).length;
    await carrier()(parcel(to(), { key: "t/other", triedAt: instantOfMillis(Date.now() - 60_000) }), soon());
    expect(await messages()).toHaveLength(before + 1);
  });

  it("may take the place of an earlier one, as often as it is tried", async () => {
    const first = await carrier()(parcel(to(), { key: "t/approval" }), soon());
    const ts = first.kind === "taken" ? String(first.receipt["ts"]) : "";
    const before = (await messages()).length;
    const message = { title: "Approved by rita", text: "It is done.", buttons: [] };
    for (const _ of [1, 2]) await carrier()(parcel(to({ rewrites: ts }), { key: "t/approval/ended", message }), soon());
    const now = await messages();
    expect(now).toHaveLength(before);
    expect(now.find((each) => each.ts === ts)?.text).toBe("Approved by rita");
  });

  it("an approval has buttons that name it and nothing else", async () => {
    const approval = approvalId("01ff0000-0000-7000-8000-000000000001");
    if (approval === null) throw new Error("no id");
    const buttons = [
      { label: "Approve", act: "approve", approval },
      { label: "Reject", act: "reject", approval },
    ] as const;
    await carrier()(
      parcel(to(), { key: "t/buttons", message: { title: "Merge #7", text: "It is green.", buttons } }),
      soon(),
    );
    const [message] = await messages();
    expect(JSON.stringify(message?.["blocks"])).toContain(`"action_id":"${SLACK_ACTIONS.approve}"`);
    expect(message?.["blocks"]).toMatchObject([{}, {}, { elements: [{ value: approval }, { value: approval }] }]);
  });

  it("without a token says which one to set", async () => {
    expect(await carrier("")(parcel(to()), soon())).toEqual({ kind: "unset", missing: ["SLACK_BOT_TOKEN"] });
  });

  it("to a channel that there is not is given up", async () => {
    const gone = { ...to(), channel: "C0NOWHERE" };
    expect(await carrier()(parcel(gone), soon())).toMatchObject({
      kind: "refused",
      why: expect.stringContaining("channel_not_found"),
    });
  });
});
