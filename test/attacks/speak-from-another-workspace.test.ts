// Slack: somebody who is not the client's, or is no person, or says the same thing again, tries to open a client's ticket or to answer one.

import { beforeEach, describe, expect, test } from "vitest";
import { clickBody, commandBody, event, slackStage } from "../slack/stage.ts";
import { checkWorld } from "../support/world.ts";

const stage = await slackStage();
const { t, ask, request, work, heard } = stage;
beforeEach(() => stage.clear());
let count = 0;
const send = async (over: object, team = "TACME"): Promise<number> => {
  count += 1;
  const { status } = await ask(request("events", event(over, `EvAtk${count}`, team)));
  await work();
  return status;
};
const standing = () => t.adminSql("select why, heard_at is not null as heard from inbox.slack_standing");

describe("whose word it is", () => {
  test("the same channel and the same person's id in another workspace: refused, also with our own secret", async () => {
    expect(await send({}, "TOTHER")).toBe(401);
    expect((await ask(request("commands", commandBody("ticket x", { team_id: "TOTHER" })))).status).toBe(401);
    expect(heard).toEqual([]);
  });

  test.each<[string, object]>([
    ["writes in the help desk's channel", {}],
    ["mentions the app", { type: "app_mention" }],
    ["is of a company that does not say so in the newer field", { user_team: undefined, source_team: "TGUEST" }],
  ])("a guest of another company in a shared channel, who %s, opens nothing; in a thread it is the guest's own word", async (_, over) => {
    const guest = { user_team: "TGUEST", source_team: "TGUEST", ...over };
    await send(guest);
    await send({ ...guest, thread_ts: "1793613000.000100", ts: "1793613700.000100" });
    expect(heard.map(({ opens, from, conversation }) => [opens, from.id, conversation?.split("/")[0]])).toEqual([
      [false, "slack:TGUEST/UANN", "slack:TACME"],
      [false, "slack:TGUEST/UANN", "slack:TACME"],
    ]);
  }); // prettier-ignore

  test("a person of ours is one by the account that they have bound, and not by the same id in a guest's workspace", async () => {
    const ops = await stage.person("opal", 70, ["operator"]);
    await t.adminSql(
      "insert into identity.slack_account (tenant_id, team, slack_user, person_id) values ($1, 'TACME', 'UOPS', $2)",
      [stage.acme.id, ops.person],
    );
    await send({ user: "UOPS" });
    await send({ user: "UOPS", user_team: "TGUEST", ts: "1793613601.000100" });
    expect(heard.map(({ sender }) => sender)).toEqual(["staff", "client_person"]);
  });

  test("a company with many workspaces is one: its own people open tickets wherever their account is", async () => {
    const body = event({ user_team: "EACME" }, "EvGrid").replace('"team_id"', '"enterprise_id":"EACME","team_id"');
    expect((await ask(request("events", body))).status).toBe(200);
    await work();
    expect(heard.map(({ opens }) => opens)).toEqual([true]);
  });
});

describe("what is no word", () => {
  test.each<[string, object]>([
    ["a bot's message", { bot_id: "B1", user: "UBOT" }],
    ["a workflow's", { subtype: "bot_message", bot_id: "B2" }],
    ["a message that was edited, to what we wait for", { subtype: "message_changed", message: { text: "Yes", user: "UANN", ts: "1.1" } }],
    ["a message that was deleted", { subtype: "message_deleted", deleted_ts: "1793613600.000100" }],
    ["somebody who joined", { subtype: "channel_join" }],
    ["a new topic", { subtype: "channel_topic", topic: "yes" }],
    ["Slack's own reminder", { subtype: "reminder_add" }],
    ["a reaction", { type: "reaction_added", reaction: "+1" }],
    ["an event without anybody", { user: undefined }],
    ["a time that is no time", { ts: "now" }],
    ["a thread that is no thread", { thread_ts: "../1" }],
  ])("%s", async (_, over) => {
    expect(await send(over)).toBe(200);
    expect(heard).toEqual([]);
  }); // prettier-ignore

  test("an answer that is also shown in the channel is one answer, in its thread", async () => {
    await send({ subtype: "thread_broadcast", thread_ts: "1793613000.000100", ts: "1793613800.000100" });
    expect(heard).toMatchObject([{ opens: false, conversation: "slack:TACME/CHELP/1793613000.000100" }]);
  });

  test("a mention comes as two events: both say the same message's id, so that it is heard once", async () => {
    await send({ ts: "1793613900.000100" });
    await send({ ts: "1793613900.000100", type: "app_mention" });
    expect(new Set(heard.map(({ message }) => message)).size).toBe(1);
  });
});

describe("again and again", () => {
  test("a hundred copies of one event are one message, and Slack hears that all is well", async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => ask(request("events", event({ text: "Once" }, "EvHundred")))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await work();
    expect(heard).toHaveLength(1);
  });

  test("a command and a click that somebody has recorded are refused the second time, and after five minutes", async () => {
    for (const [what, body] of [["commands", commandBody("ticket x")], ["actions", clickBody()]] as const) {
      stage.pass(1_000);
      const recorded = [0, 1, 2].map(() => request(what, body));
      const [first, second, late] = recorded;
      expect((await ask(first ?? expect.unreachable())).status).toBe(200);
      expect((await ask(second ?? expect.unreachable())).status).toBe(401);
      stage.pass(5 * 60_000 + 1_000);
      expect((await ask(late ?? expect.unreachable())).status).toBe(401);
    }
  }); // prettier-ignore

  test("a hundred requests without the secret are refused, noted once, and forgotten with the next good one", async () => {
    await t.adminSql("delete from inbox.slack_standing");
    stage.pass(10 * 60_000);
    for (let n = 0; n < 100; n += 1)
      expect((await ask(request("events", event({}, `EvBad${n}`), { secret: `guess ${n}` }))).status).toBe(401);
    expect(await standing()).toEqual([{ why: "signature", heard: false }]);
    const [first] = await t.adminSql("select xmin::text from inbox.slack_standing");
    for (let n = 0; n < 20; n += 1) await ask(request("events", event({}, `EvBad${n}`), { secret: "guess" }));
    expect(await t.adminSql("select xmin::text from inbox.slack_standing"), "no second write").toEqual([first]);
    await send({ text: "It is me." });
    expect(await standing()).toEqual([{ why: null, heard: true }]);
  });
});

test("the log and every room agree with each other afterwards", () => checkWorld(t));
