// N5, N7: an approval's whole way through Slack: asked, told in the channel with its buttons, rejected by a signed click of a bound
// approver, and the message written anew. The Slack is an emulator that nobody here wrote, by its official client; it knows no clicks, so
// those are signed here as Slack's documentation says.

import { createEmulator } from "emulate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Clicked } from "#approvals";
import { createApprovals, setReach } from "#approvals/io";
import { findPerson, showSlackCode } from "#identity/io";
import type { ApprovalId } from "#kernel";
import { createDelivery, createTell, slackCarrier } from "#notify/io";
import { enqueue } from "#platform/jobs";
import { createSlackWeb } from "#slack";
import type { TenantTx } from "#platform/postgres";
import { newApproval } from "../approvals/support/stage.ts";
import { secretsOf } from "../notify/support/parcel.ts";
import { commandBody, slackStage } from "../slack/stage.ts";
import type { TestDatabase } from "../support/database.ts";
import { freePort } from "../support/free-port.ts";
import { checkWorld } from "../support/world.ts";

const emulator = await createEmulator({
  service: "slack",
  port: await freePort(),
  seed: { slack: { team: { name: "acme", domain: "acme" }, channels: [{ name: "approvals" }] } },
});
afterAll(() => emulator.close());
const apiUrl = `${emulator.url}/api/`;
const ask = async (method: string, body: object): Promise<unknown> =>
  (
    await fetch(`${apiUrl}${method}`, {
      method: "POST",
      headers: { authorization: "Bearer xoxb-test", "content-type": "application/json" },
      body: JSON.stringify(body),
    })
  ).json();
const list = z.object({ channels: z.array(z.object({ id: z.string(), name: z.string() })) });
const button = z.object({ action_id: z.string(), value: z.string().optional(), url: z.string().optional() });
const message = z.object({
  ts: z.string(),
  text: z.string(),
  blocks: z.array(z.looseObject({ type: z.string(), elements: z.array(button).optional() })).default([]),
});
const channels = list.parse(await ask("conversations.list", {})).channels;
const channel = channels.find(({ name }) => name === "approvals")?.id ?? expect.unreachable();
const messages = async () =>
  z.object({ messages: z.array(message) }).parse(await ask("conversations.history", { channel })).messages;
const buttonsOf = (of: z.infer<typeof message>) => of.blocks.flatMap(({ elements }) => elements ?? []);

/** What Slack shows to who clicked, alone. */
const whispered: string[] = [];
const decided: ApprovalId[] = [];
const room = (t: TestDatabase) =>
  createApprovals({
    append: t.append,
    enqueue,
    keys: t.keys,
    person: findPerson,
    owner: async () => null,
    stepUp: { verify: async () => null },
    onDecided: async (_, { approval }) => void decided.push(approval),
    notices: { tell: createTell(t.keys, async () => []), urlOf: (path) => `https://countersign.example${path}` },
    monotonicMs: () => performance.now(),
    boot: "boot-1",
  });
const stage = await slackStage((t) => ({
  clicked: (tx: TenantTx, click: Clicked) => room(t).clicked(tx, click),
  web: createSlackWeb({
    apiUrl,
    fetch: async (_, init) => {
      const body = z.string().parse(init?.body);
      whispered.push(z.object({ text: z.string() }).parse(JSON.parse(body)).text);
      return new Response("ok");
    },
  }),
}));
const { t, acme } = stage;
const approvals = room(t);
const inTenant = <T>(work: (tx: TenantTx) => Promise<T>): Promise<T> => t.db.withTenant(acme.claim, work);
const problems: unknown[] = [];
const nobody = async () => expect.unreachable("nothing goes there");
const { drain: deliver } = createDelivery({
  database: t.db,
  append: t.append,
  keys: t.keys,
  carriers: {
    slack: slackCarrier({ secret: secretsOf({ SLACK_BOT_TOKEN: "xoxb-test" }), apiUrl }),
    github: nobody,
    mail: nobody,
    webhook: nobody,
  },
  stands: async (tx, about) => about.kind === "approval" && approvals.stillToTell(tx, about),
  // As src/main/notify.ts does.
  async onDelivered(tx, about, _, { team, channel: where, ts }) {
    if (about.kind === "approval" && about.moment === "asked")
      await approvals.posted(tx, about.approval, { team: String(team), channel: String(where), ts: String(ts) });
  },
  onLost: nobody,
  onProblem: (_, error) => problems.push(error),
});

beforeAll(async () => {
  const by = { initiator: { type: "operator", id: "test" }, requestId: "r" } as const;
  const access = { ...t.operator, keys: t.keys };
  const place = { kind: "slack", place: { team: "TACME", channel } } as const;
  expect(await setReach(access, { tenant: acme.id, to: place, by })).toBe(true);
  const ann = await stage.person("ann", 7, ["approver"]);
  const code = await inTenant((tx) => showSlackCode(tx, ann.person));
  expect((await stage.ask(stage.request("commands", commandBody(`link ${code}`)))).status).toBe(200);
  await stage.work();
});

/** As Slack sends a press of a button of that message. */
const press = (of: z.infer<typeof message>, what: z.infer<typeof button>, user = "UANN"): Request =>
  stage.request(
    "actions",
    new URLSearchParams({
      payload: JSON.stringify({
        type: "block_actions",
        team: { id: "TACME" },
        user: { id: user, team_id: "TACME" },
        container: { type: "message", message_ts: of.ts, channel_id: channel },
        message: of,
        response_url: "https://hooks.slack.com/actions/T/1/x",
        actions: [{ ...what, type: "button", action_ts: "1.1" }],
      }),
    }).toString(),
  );
const asked = () => inTenant((tx) => approvals.request(tx, newApproval())).then(({ approval }) => approval);
const standing = (approval: ApprovalId) => inTenant((tx) => approvals.standing(tx, approval));

describe("N5 N7 an approval in Slack, from the question to the message that says how it ended", () => {
  it("is told in the channel, rejected by a click of a bound approver, and the message is written anew in its place", async () => {
    const approval = await asked();
    await deliver();
    const [told] = await messages();
    const reject = buttonsOf(told ?? expect.unreachable()).find(({ value }) => value === approval);
    expect(told?.text).toContain("Merge pull request #7");
    expect(
      buttonsOf(told ?? expect.unreachable()).map(({ action_id: id }) => id),
      "no button says yes",
    ).toEqual(["countersign.open.0", "countersign.reject"]);

    const click = press(told ?? expect.unreachable(), reject ?? expect.unreachable());
    const copy = click.clone();
    expect((await stage.ask(click)).status).toBe(200);
    await stage.work();
    expect(await standing(approval)).toMatchObject({ kind: "rejected", by: "ann" });
    expect(decided).toEqual([approval]);
    expect(whispered.at(-1)).toBe("Rejected. The agent is told.");
    expect((await stage.ask(copy)).status, "the same click again").toBe(401);

    await deliver();
    const after = await messages();
    expect(after).toHaveLength(1);
    expect(after[0]?.ts).toBe(told?.ts);
    expect(JSON.stringify(after[0]?.blocks)).toContain("ann");
    expect(buttonsOf(after[0] ?? expect.unreachable()).filter(({ value }) => value !== undefined)).toEqual([]);
    stage.pass(1_000);
    await stage.ask(press(told ?? expect.unreachable(), reject ?? expect.unreachable()));
    await stage.work();
    expect(whispered.at(-1), "the old button pressed again").toBe("You have said so before. Nothing was changed.");
    expect(problems).toEqual([]);
  });

  it("N7 of somebody who bound no account nothing is decided, whatever the name there, and a yes counts for nothing", async () => {
    const approval = await asked();
    await deliver();
    const told = (await messages()).find((each) => buttonsOf(each).some(({ value }) => value === approval));
    const of = told ?? expect.unreachable();
    stage.pass(1_000);
    await stage.ask(press(of, { action_id: "countersign.reject", value: approval }, "UEVE"));
    await stage.ask(press(of, { action_id: "countersign.approve", value: approval }));
    await stage.work();
    expect(await standing(approval)).toMatchObject({ kind: "pending", yes: 0 });
    await checkWorld(t);
  });
});
