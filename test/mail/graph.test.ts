import { createHash } from "node:crypto";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { enterLog } from "#audit/io";
import { drop, quarantined, release } from "#mail";
import { withOperator } from "#platform/postgres";
import { checkWorld } from "../support/world.ts";
import { graphDouble } from "./graph-double.ts";
import { MAILBOX, mailStage, mime } from "./stage.ts";

const graph = await graphDouble();
afterAll(() => graph.close());
const stage = await mailStage(graph);
const { t, acme, heard, answers, sealed } = stage;
sealed.set("GRAPH_TENANT", "72f988bf-86f1-41af-91ab-2d7cd011db47");
sealed.set("GRAPH_CLIENT_ID", "11111111-2222-3333-4444-555555555555");
sealed.set("GRAPH_CLIENT_SECRET", "s3cret");
sealed.set("GRAPH_MAILBOX", MAILBOX);
beforeEach(() => stage.clear());

let count = 0;
const arrive = (text: string): void => {
  count += 1;
  graph.mails.push({ id: `AAMk${count}=`, mime: text, at: new Date(Date.now() + count).toISOString() });
};
const operator = { initiator: { type: "operator", id: "opal" }, requestId: "r1" } as const;
const inTenant = <T>(fn: Parameters<typeof t.db.withTenant<T>>[1]): Promise<T> => t.db.withTenant(acme.claim, fn);

describe("from Microsoft to a ticket", () => {
  test("N9 a mail of the client's domain opens one ticket, however often it is read", async () => {
    arrive(mime({ "Message-ID": "<first@acme.example>" }));
    await stage.poll("graph");
    await stage.poll("graph");
    expect(answers.map(({ kind, number }) => [kind, number])).toEqual([["opened", 1]]);
  });

  test("T9 a reply lands: by what it answers, and by the token", async () => {
    arrive(mime({ "In-Reply-To": "<first@acme.example>", Subject: "Re: Sign in fails" }, "Yes."));
    arrive(mime({ Subject: "Re: [ACME-1] Sign in fails" }, "Since Monday."));
    await stage.poll("graph");
    expect(answers.map(({ kind, number }) => [kind, number])).toEqual([
      ["landed", 1],
      ["landed", 1],
    ]);
  });

  test("T10, T11 absences, lists and our own notices are nobody's word, and nothing is kept of them", async () => {
    arrive(mime({ "Auto-Submitted": "auto-replied" }));
    arrive(mime({ "List-Id": "<x.acme.example>" }));
    arrive(mime({ From: MAILBOX, Subject: "[ACME-1] Still there?" }));
    await stage.poll("graph");
    expect(answers.filter(({ kind }) => kind !== "nothing")).toEqual([]);
    expect(await stage.kept()).toEqual([]);
  });

  test("N9 a delta token that is lost: read anew, as far back as is bounded, and nothing is heard twice", async () => {
    graph.forget();
    arrive(mime({ "Message-ID": "<after@acme.example>" }, "Another thing"));
    await stage.poll("graph");
    expect(answers.filter(({ kind }) => kind === "opened")).toHaveLength(1);
    expect(answers.filter(({ kind }) => kind === "known").length).toBeGreaterThan(0);
    stage.clear();
    await stage.poll("graph");
    expect(answers).toEqual([]);
  });

  test("pages are read to their end", async () => {
    graph.pageSize = 2;
    for (let n = 0; n < 5; n += 1) arrive(mime({ Subject: "Re: [ACME-1]" }, `word ${n}`));
    await stage.poll("graph");
    graph.pageSize = 50;
    expect(answers.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => "landed"));
  });
});

describe("N11 mail that belongs to no ticket and is from nobody known", () => {
  test("is kept aside, once, sealed; a stranger who names a ticket lands on none", async () => {
    arrive(mime({ "Message-ID": "<s1@evil.example>", From: "Eve <eve@evil.example>", Subject: "Re: [ACME-1] hello" }));
    arrive(mime({ From: "Eve <eve@evil.example>", "In-Reply-To": "<first@acme.example>" }));
    arrive(mime({ "Authentication-Results": "mx.example; dmarc=fail header.from=acme.example" }));
    arrive(mime({ "Message-ID": "<s1@evil.example>", From: "Eve <eve@evil.example>", Subject: "Re: [ACME-1] hello" }));
    await stage.poll("graph");
    expect(answers.map(({ kind }) => kind)).toEqual(["nothing", "nothing", "nothing"]);
    expect(await stage.kept()).toEqual([
      { why: "stranger", claims: true },
      { why: "stranger", claims: true },
      { why: "forged", claims: false },
    ]);
  });

  test("its mark is an HMAC under the client's key, and it is kept once also after that key had its turn", async () => {
    const before = await t.adminSql("select encode(mark, 'hex') as mark, key_id from inbox.quarantine");
    const digest = createHash("sha256").update(`countersign/quarantine/v1\n${acme.id}\nmail:<s1@evil.example>`);
    expect(before.map(({ mark }) => mark)).not.toContain(digest.digest("hex"));
    expect(before.every(({ key_id: key }) => typeof key === "string")).toBe(true);
    await withOperator(t.operator, async (operator) => {
      const tx = await enterLog(operator, acme.id);
      if (tx !== null) await t.keys.retireAll(tx);
    });
    arrive(mime({ "Message-ID": "<s1@evil.example>", From: "Eve <eve@evil.example>", Subject: "Re: [ACME-1] hello" }));
    await stage.poll("graph");
    expect(await stage.kept()).toHaveLength(3);
  });

  test("S1 while one that says it answers a ticket waits, silence is not known", async () => {
    expect((await stage.signal(Date.now() - 60_000)).kind).toBe("unknown");
  });

  test("a person lets one in or drops it; it is told, and it is over", async () => {
    const all = await inTenant((tx) => quarantined(stage.parts, tx));
    expect(all.map(({ from }) => from)).toContain("eve@evil.example");
    const named = all.find(({ subject }) => subject.includes("hello")) ?? expect.unreachable();
    expect(await inTenant((tx) => release(stage.parts, tx, named.id, operator))).toEqual({ number: 1 });
    for (const { id } of all)
      if (id !== named.id) expect(await inTenant((tx) => drop(stage.parts, tx, id, operator))).toBe(true);
    expect(await inTenant((tx) => drop(stage.parts, tx, named.id, operator))).toBe(false);
    expect(await stage.kept()).toEqual([]);
    const entries = await inTenant((tx) => t.audit.recent(tx, { limit: 20, kinds: ["mail.quarantine"] }));
    expect(entries).toHaveLength(6);
  });

  test("whoever was let in is on the ticket from then on", async () => {
    arrive(mime({ From: "Eve <eve@evil.example>", Subject: "Re: [ACME-1] hello" }, "And this"));
    await stage.poll("graph");
    expect(answers.map(({ kind }) => kind)).toEqual(["landed"]);
  });
});

describe("N10 by the clock, whether or not Microsoft says anything", () => {
  test("a look is asked for when it is due, five minutes after the last one", async () => {
    await t.adminSql("delete from graphile_worker._private_jobs");
    await stage.due();
    expect(await stage.jobs()).toEqual([]);
    stage.pass(6 * 60_000);
    await stage.due();
    expect(await stage.jobs()).toEqual([`mail:${acme.id}:graph`]);
  });

  test("silence is known after a look, and not when Microsoft does not answer", async () => {
    expect(await stage.signal(Date.now())).toEqual({ kind: "silent" });
    graph.down = 503;
    await expect(stage.signal(Date.now())).rejects.toMatchObject({ code: "mail_unavailable" });
    graph.down = null;
    const [row] = await t.adminSql("select problem from inbox.mailbox where kind = 'graph'");
    expect(String(row?.["problem"])).toContain("503");
  });
});

describe("the subscription only makes us look, and only for who knows its secret", () => {
  const say = (body: object | string, query = "") =>
    stage.inbox.fetch(
      new Request(`https://countersign.example/api/mail/${acme.id}/graph${query}`, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    );
  test("it is made for this client's address, and Microsoft's question is answered with its own words", async () => {
    const [made] = [...graph.subscriptions.values()];
    expect(made?.notificationUrl).toBe(`https://countersign.example/api/mail/${acme.id}/graph`);
    const answer = await say("", "?validationToken=Validation%3A+Testing%3Cscript%3E");
    expect(await answer.text()).toBe("Validation: Testing<script>");
    expect(answer.headers.get("content-type")).toContain("text/plain");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });
  test("a notification with our secret asks for a look; without it, for nothing", async () => {
    await t.adminSql("delete from graphile_worker._private_jobs");
    const [[id, made] = []] = [...graph.subscriptions];
    for (const forged of [
      { value: [{ subscriptionId: id, clientState: "guessed" }] },
      { value: [{ subscriptionId: id }] },
      "no json",
    ])
      expect((await say(forged)).status).toBe(401);
    expect(await stage.jobs()).toEqual([]);
    expect(
      (await say({ value: [{ subscriptionId: id, clientState: made?.clientState, changeType: "created" }] })).status,
    ).toBe(202);
    expect(await stage.jobs()).toEqual([`mail:${acme.id}:graph`]);
  });
  test("it is renewed a day before its end, and made again when Microsoft has removed it", async () => {
    const before = [...graph.subscriptions.values()][0]?.until ?? "";
    stage.pass(48 * 3_600_000);
    await stage.poll("graph");
    expect(graph.subscriptions.size).toBe(1);
    expect([...graph.subscriptions.values()].some(({ until }) => until > before)).toBe(true);
    const state = [...graph.subscriptions.values()][0]?.clientState;
    expect((await say({ value: [{ clientState: state, lifecycleEvent: "subscriptionRemoved" }] })).status).toBe(202);
    graph.subscriptions.clear();
    await stage.poll("graph");
    expect(graph.subscriptions.size).toBe(1);
  });

  test("N10 one that has ended without a word keeps nothing back: the next look reads what came meanwhile", async () => {
    graph.subscriptions.clear();
    arrive(mime({ Subject: "Re: [ACME-1] Sign in fails" }, "Nobody was notified of this."));
    await stage.poll("graph");
    expect(heard.map(({ text }) => text)).toContain("Nobody was notified of this.");
    expect(answers.map(({ kind }) => kind)).toEqual(["landed"]);
  });
});

test("a wrong secret of the client's is said in words that name what to look at", async () => {
  sealed.set("GRAPH_CLIENT_SECRET", "wrong");
  await expect(stage.poll("graph")).rejects.toThrow(/GRAPH_CLIENT_SECRET/);
  expect(heard).toEqual([]);
});

test("the log and every room agree with each other afterwards", () => checkWorld(t));
