import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { showSlackCode, slackAccounts, unlinkSlack } from "#identity/io";
import { slackLastSignal } from "#slack";
import { slackConversation } from "#tickets";
import { instant } from "#kernel";
import { checkWorld } from "../support/world.ts";
import { clickBody, commandBody, event, SECRET, slackStage } from "./stage.ts";

const stage = await slackStage();
const { t, acme, globex, ask, request, work, heard, clicks, answers } = stage;
const status = async (asked: Request): Promise<number> => (await ask(asked)).status;
beforeEach(() => stage.clear());

describe("N5 a request is believed by its signature over the raw bytes, within five minutes, once", () => {
  test("the handshake is answered, and only when it is signed", async () => {
    const hello = JSON.stringify({ type: "url_verification", challenge: "3eZbrw1aB" });
    const answer = await ask(request("events", hello));
    expect(await answer.json()).toEqual({ challenge: "3eZbrw1aB" });
    expect(await status(request("events", hello, { secret: "guessed" }))).toBe(401);
  });

  test.each<[string, Parameters<typeof request>[2], number]>([
    ["signed four minutes and 59 seconds ago", { at: Date.parse("2026-11-02T09:55:01Z") }, 200],
    ["signed five minutes and a second ago", { at: Date.parse("2026-11-02T09:54:59Z") }, 401],
    ["signed five minutes and a second ahead", { at: Date.parse("2026-11-02T10:05:01Z") }, 401],
    ["signed with another secret", { secret: `${SECRET}x` }, 401],
    ["signed with this client's secret, sent to another client's address", { tenant: globex }, 401],
    ["the body encoded anew: the same JSON in other bytes", { sent: `${event({}, "EvRe")} ` }, 401],
  ])("%s", async (_, over, expected) =>
    expect(await status(request("events", event({}, "EvRe"), over))).toBe(expected),
  );

  test("no signature at all, an unknown client, and a client that is suspended look the same", async () => {
    const unsigned = new Request(`http://localhost/api/slack/${acme.id}/events`, { method: "POST", body: "{}" });
    const nobody = request("events", event({}), { tenant: { ...acme, id: globex.id } });
    expect([await status(unsigned), await status(nobody)]).toEqual([401, 401]);
  });

  test("a click that comes again is refused, also when it was handled already; the same button pressed again is not", async () => {
    const click = clickBody();
    expect(await status(request("actions", click))).toBe(200);
    expect(await status(request("actions", click))).toBe(401);
    await work();
    expect(await status(request("actions", click))).toBe(401);
    expect(clicks).toHaveLength(1);
    stage.pass(1_000);
    expect(await status(request("actions", click))).toBe(200);
    await work();
    expect(clicks).toHaveLength(2);
  });

  test("two copies at the same instant are one click", async () => {
    stage.pass(1_000);
    const both = await Promise.all([status(request("actions", clickBody())), status(request("actions", clickBody()))]);
    expect(both.toSorted((a, b) => a - b)).toEqual([200, 401]);
    await work();
    expect(clicks).toHaveLength(1);
  });

  test("what was stored is sealed, and gone when it is handled", async () => {
    stage.pass(1_000);
    await ask(request("events", event({ text: "a secret of the client" }, "EvSealed")));
    const found = await t.adminSql(
      "select position('secret of the client'::bytea in body) as at from inbox.slack where arrival = 'event-EvSealed'",
    );
    expect(found).toEqual([{ at: 0 }]);
    await work();
    expect(await t.adminSql("select body from inbox.slack where arrival = 'event-EvSealed'")).toEqual([{ body: null }]);
  });
});

describe("what is said becomes a message", () => {
  test("Slack's retry of an event is one message, and so is its job run twice", async () => {
    await ask(request("events", event({}, "EvTwice")));
    stage.pass(60_000);
    expect(await status(request("events", event({}, "EvTwice")))).toBe(200);
    await work();
    await stage.handle("event-EvTwice");
    expect(heard).toMatchObject([
      {
        opens: true,
        sender: "client_person",
        conversation: "slack:TACME/CHELP/1793613600.000100",
        from: { name: "Ann" },
      },
    ]);
  });

  test.each<[string, object, boolean | null]>([
    ["a message in a channel that is the client's help desk", {}, true],
    ["in another channel it only lands", { channel: "CELSE" }, false],
    ["a mention opens anywhere", { channel: "CELSE", type: "app_mention" }, true],
    ["a reply in a thread lands", { thread_ts: "1793613000.000100" }, false],
    ["T10 a bot", { bot_id: "B1" }, null],
    ["T11 our own message", { bot_id: "BOURS", app_id: "AOURS" }, null],
    ["T10 an edited message", { subtype: "message_changed" }, null],
    ["T10 somebody joined", { subtype: "channel_join" }, null],
    ["a picture with words", { subtype: "file_share" }, true],
  ])("%s", async (name, over, opens) => {
    const id = `Ev${name.replaceAll(/\W/g, "")}`;
    await ask(request("events", event(over, id)));
    await work();
    expect(heard.map((each) => each.opens)).toEqual(opens === null ? [] : [opens]);
  });

  test("another workspace's event is not this client's, whoever signed it", async () => {
    expect(await status(request("events", event({}, "EvElse", "TOTHER")))).toBe(401);
    expect(await work()).toBe(0);
  });

  test("the last word in a thread, for a close; another workspace's thread is not known", async () => {
    const since = instant("2026-11-02T10:00:00Z") ?? expect.unreachable();
    const thread = { team: "TACME", channel: "CHELP", thread: "1793613600.000100" };
    expect(await slackLastSignal(stage.parts, acme.id, { conversation: slackConversation(thread), since })).toEqual({
      kind: "heard",
      at: since + 60_000,
    });
    const other = slackConversation({ ...thread, team: "TOTHER" });
    expect((await slackLastSignal(stage.parts, acme.id, { conversation: other, since })).kind).toBe("unknown");
    stage.withoutToken(true);
    expect((await slackLastSignal(stage.parts, acme.id, { conversation: slackConversation(thread), since })).kind).toBe(
      "unknown",
    );
    stage.withoutToken(false);
  });
});

const said = z.object({ text: z.string() });

describe("/countersign", () => {
  const say = async (text: string, over: Record<string, string> = {}): Promise<string> => {
    stage.pass(1_000);
    const answer = await ask(request("commands", commandBody(text, over)));
    return answer.status === 200 ? said.parse(await answer.json()).text : String(answer.status);
  };
  test("ticket opens one with a thread of its own, once, however often Slack or the job repeat it", async () => {
    expect(await say("ticket Sign in fails")).toContain("noted");
    await work();
    expect(stage.begun).toEqual(["<@UANN> asked for a ticket:\nSign in fails"]);
    expect(heard).toMatchObject([
      { opens: true, text: "Sign in fails", conversation: "slack:TACME/CHELP/1793613600.000900" },
    ]);
    expect(answers).toEqual(["ACME-7 is open. Answers come in its thread."]);
  });
  test("where the app is not in the channel, it says so and opens nothing", async () => {
    stage.refuseWith("not_in_channel");
    await say("ticket Sign in fails");
    await work();
    stage.refuseWith(null);
    expect(heard).toEqual([]);
    expect(answers[0]).toContain("Invite the app");
  });
  test("anything else explains itself; another workspace is refused", async () => {
    expect(await say("")).toContain("/countersign ticket");
    expect(await say("ticket x", { team_id: "TOTHER" })).toBe("401");
  });

  test("N7 an account is a person's by a code of a signed-in person, once, and for ten minutes", async () => {
    const ann = await stage.person("ann", 7, ["approver"]);
    const code = await t.db.withTenant(acme.claim, (tx) => showSlackCode(tx, ann.person));
    expect(await say("link AAAA-BBBB-CCCC")).toContain("Nothing was bound");
    expect(await say(`link ${code.toLowerCase()}`)).toContain("is ann's");
    expect(await say(`link ${code}`, { user_id: "UEVE" })).toContain("Nothing was bound");
    const late = await t.db.withTenant(acme.claim, (tx) => showSlackCode(tx, ann.person));
    await t.adminSql("update identity.slack_code set expires_at = now() - interval '1 second'");
    expect(await say(`link ${late}`, { user_id: "UEVE" })).toContain("Nothing was bound");
    const accounts = await t.db.withTenant(acme.claim, (tx) => slackAccounts(tx, ann.person));
    expect(accounts).toMatchObject([{ team: "TACME", user: "UANN" }]);
  });

  test("codes cannot be tried one after the other", async () => {
    const tries = [];
    for (let n = 0; n < 12; n += 1)
      tries.push(await say(`link AAAA-BBBB-CCC${"ABCDEFGHJKLM"[n]}`, { user_id: "UTRY" }));
    expect(tries.filter((text) => text.includes("too often")).length).toBeGreaterThan(5);
  });
});

describe("N7 whose click it is", () => {
  const press = async (over: object = {}, action: object = {}): Promise<void> => {
    stage.pass(1_000);
    expect(await status(request("actions", clickBody(over, action)))).toBe(200);
    await work();
  };
  test("the person who bound the account; nobody, where nobody has", async () => {
    await press();
    await press({ user: { id: "UEVE", team_id: "TACME" } });
    expect(clicks.map(({ person }) => person === null)).toEqual([false, true]);
    expect(answers).toEqual(["Rejected.", "Rejected."]);
  });
  test("from another workspace, in a channel that both share: refused, logged, and never handed on", async () => {
    await press({ user: { id: "UANN", team_id: "TOTHER" } });
    expect(clicks).toEqual([]);
    expect(answers[0]).toContain("another workspace");
    const [entry] = await t.db.withTenant(acme.claim, (tx) =>
      t.audit.recent(tx, { limit: 1, kinds: ["slack.refused"] }),
    );
    expect(entry).toMatchObject({ outcome: "refused" });
    expect(JSON.stringify(entry?.body)).toContain("TOTHER");
  });
  test("a button that opens a page, and one that is not ours, decide nothing", async () => {
    await press({}, { action_id: "countersign:open" });
    await press({}, { action_id: "approve_everything" });
    await press({}, { value: "not an approval" });
    expect(clicks).toEqual([]);
  });
  test("an account that was removed is nobody's", async () => {
    const ann = await stage.person("ann", 7, ["approver"]);
    const by = { initiator: { type: "human", id: ann.person }, requestId: "r" } as const;
    const account = { team: "TACME", user: "UANN" };
    expect(await t.db.withTenant(acme.claim, (tx) => unlinkSlack(t.append, tx, { person: ann, account, by }))).toBe(
      true,
    );
    await press();
    expect(clicks.map(({ person }) => person)).toEqual([null]);
  });
});

test("the log and every room agree with each other afterwards", () => checkWorld(t));
