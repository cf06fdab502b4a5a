// Approvers are told by Slack and mail, and what a click can do: N7, N8, and the rest of what can be clicked.

import { beforeEach, describe, expect, it } from "vitest";
import { setReach } from "#approvals/io";
import type { Clicked } from "#approvals";
import type { ApprovalId, PersonId } from "#kernel";
import { person } from "../support/people.ts";
import { newApproval, stage } from "../support/stage.ts";

const s = await stage();
const ann = person(1);
const ben = person(2);
const requester = person(8);
const AT = { team: "T1", channel: "C1", ts: "1795000000.000100" };
const by = { initiator: { type: "operator", id: "root" }, requestId: "test" } as const;
const access = { ...s.t.operator, append: s.t.append, keys: s.t.keys };
const set = (to: Parameters<typeof setReach>[1]["to"]) => setReach(access, { tenant: s.tenant.id, to, by });

beforeEach(async () => {
  s.told.length = 0;
  s.events.length = 0;
  for (const n of [1, 2, 8]) {
    s.roles.set(person(n), ["approver"]);
    await set({ kind: "mail", person: person(n), address: null });
  }
  await set({ kind: "slack", place: { team: "T1", channel: "C1" } });
});

const click = (approval: ApprovalId, who: PersonId | null, more: Partial<Clicked> = {}) =>
  s.inTenant((tx) =>
    s.approvals.clicked(tx, { approval, act: "reject", team: "T1", user: "U1", person: who, click: "1.1", ...more }),
  );
const posted = (approval: ApprovalId) => s.inTenant((tx) => s.approvals.posted(tx, approval, AT));
const stands = (approval: ApprovalId) =>
  s.inTenant((tx) => s.approvals.stillToTell(tx, { kind: "approval", approval, moment: "asked" }));

describe("asking", () => {
  it("the client's channel is told what waits and until when, and neither arguments nor what was observed", async () => {
    const approval = await s.ask();
    expect(s.told).toMatchObject([
      {
        key: `approval/${approval}/asked/slack`,
        to: { kind: "slack", team: "T1", channel: "C1", rewrites: null },
        message: {
          title: "An agent asks: Merge pull request #7",
          buttons: [
            { label: "Look and decide", url: `https://countersign.example/approvals/${approval}` },
            { label: "Reject", act: "reject", approval },
          ],
        },
      },
    ]);
    expect(JSON.stringify(s.told)).not.toContain("All checks are green");
    expect(JSON.stringify(s.told)).not.toContain('"7"');
  });

  it("of high risk there is only the page: no click answers what needs a passkey", async () => {
    await s.ask({ risk: "high" });
    expect(s.told[0]?.message.buttons).toMatchObject([{ label: "Look and decide" }]);
  });

  it("each approver has a link of their own by mail; not who asked, and nobody without the role (15)", async () => {
    for (const n of [1, 2, 8]) await set({ kind: "mail", person: person(n), address: `p${n}@acme.example` });
    s.roles.set(ben, ["viewer"]);
    const approval = await s.ask({ requester });
    const mails = s.told.filter(({ to }) => to.kind === "mail");
    expect(mails).toMatchObject([
      { key: `approval/${approval}/asked/mail/${ann}`, to: { to: "p1@acme.example", answers: [] } },
    ]);
    const [button] = mails[0]?.message.buttons ?? [];
    const link = button !== undefined && "url" in button ? (button.url.split("/").at(-1) ?? "") : "";
    expect(await s.inTenant((tx) => s.approvals.links.open(tx, link, ann))).toBe(approval);
    // Opening it has decided nothing; with it, the one it was sent to says yes, once.
    expect(await s.standing(approval)).toMatchObject({ kind: "pending" });
    expect(await s.decide(approval, ben, { link })).toMatchObject({ kind: "refused", refusal: "not_an_approver" });
    expect(await s.decide(approval, ann, { link })).toMatchObject({ kind: "recorded" });
  });

  it("asked again for the same call it is told once", async () => {
    const call = { call: newApproval().call };
    expect(await s.ask(call)).toBe(await s.ask(call));
    expect(s.told).toHaveLength(1);
  });

  it("it is said no more once it has ended, or its time is over (N8)", async () => {
    const [answered, late] = [await s.ask(), await s.ask()];
    expect([await stands(answered), await stands(late)]).toEqual([true, true]);
    await s.decide(answered, ann);
    await s.ageByWall(late, 3_600_000);
    expect([await stands(answered), await stands(late)]).toEqual([false, false]);
  });

  it.each(["two@acme.example, eve@evil.example", "Ann <ann@acme.example>", "ann@acme.example\nBcc: e@x.example", ""])(
    "%j is nobody's address",
    async (address) => {
      await expect(set({ kind: "mail", person: ann, address })).rejects.toThrow("no mail address");
    },
  );
});

describe("ending", () => {
  it.each([
    ["approved", (id: ApprovalId) => s.decide(id, ann), "Approved by login-1."],
    ["rejected", (id: ApprovalId) => s.decide(id, ann, { answer: "reject" }), "Rejected by login-1."],
    ["void", (id: ApprovalId) => s.inTenant((tx) => s.approvals.voidIt(tx, id, "stopped")), "Void: it was stopped."],
  ] as const)("%s: the message is written over, and has no buttons any more", async (_, end, words) => {
    const approval = await s.ask();
    await posted(approval);
    await end(approval);
    expect(s.told.at(-1)).toMatchObject({
      to: { kind: "slack", team: "T1", channel: "C1", rewrites: AT.ts },
      message: { text: words, buttons: [] },
      about: { moment: "ended" },
    });
  });

  it("ended while it was on its way: Slack's receipt is answered with how it ended", async () => {
    const approval = await s.ask();
    await s.decide(approval, ann);
    expect(s.told).toHaveLength(1);
    await posted(approval);
    await posted(approval);
    expect(s.told).toHaveLength(2);
    expect(s.told.at(-1)?.message.text).toBe("Approved by login-1.");
  });
});

describe("a yes that is not the last one needed", () => {
  const cleo = person(3);
  const slack = () => s.told.filter(({ to }) => to.kind === "slack");
  const rewritten = (approval: ApprovalId, n: number) =>
    s.inTenant((tx) => s.approvals.rewritten(tx, { kind: "approval", approval, moment: `counted/${n}` }));
  const stillCounted = (approval: ApprovalId, n: number) =>
    s.inTenant((tx) => s.approvals.stillToTell(tx, { kind: "approval", approval, moment: `counted/${n}` }));

  it("is written over the message in the channel, with whose it is and how many are left; its buttons stay", async () => {
    const approval = await s.ask({ quorum: 2 });
    await posted(approval);
    await s.decide(approval, ann);
    expect(s.told).toHaveLength(2);
    expect(s.told.at(-1)).toMatchObject({
      key: `approval/${approval}/counted/1/slack`,
      to: { kind: "slack", rewrites: AT.ts },
      message: {
        text: expect.stringMatching(/^1 of 2 said yes: login-1\. One more is needed, of somebody else\./),
        buttons: [{ label: "Look and decide" }, { label: "Reject" }],
      },
      about: { moment: "counted/1" },
    });
    await s.decide(approval, ann);
    expect(s.told, "the same yes again says nothing new").toHaveLength(2);
    await s.decide(approval, ben);
    expect(s.told.at(-1)).toMatchObject({ message: { text: "Approved by login-1, login-2.", buttons: [] } });
  });

  it("is mailed to those who could give the next one, with no second link; not to who gave it, nor to who asked", async () => {
    s.roles.set(cleo, ["approver"]);
    for (const n of [1, 2, 3, 8]) await set({ kind: "mail", person: person(n), address: `p${n}@acme.example` });
    const approval = await s.ask({ quorum: 2, requester });
    s.told.length = 0;
    await s.decide(approval, ann);
    const mails = s.told.filter(({ to }) => to.kind === "mail");
    expect(mails.map(({ key, to }) => [key, to.kind === "mail" ? to.to : null])).toEqual([
      [`approval/${approval}/counted/1/mail/${ben}`, "p2@acme.example"],
      [`approval/${approval}/counted/1/mail/${cleo}`, "p3@acme.example"],
    ]);
    expect(mails[0]?.message.buttons).toEqual([
      { label: "Look and decide", url: `https://countersign.example/approvals/${approval}` },
    ]);
    await set({ kind: "mail", person: cleo, address: null });
    s.roles.delete(cleo);
  });

  it("given before Slack had the question: its receipt is answered with it", async () => {
    const approval = await s.ask({ quorum: 2 });
    await s.decide(approval, ann);
    expect(slack()).toHaveLength(1);
    await posted(approval);
    await posted(approval);
    expect(slack().map(({ about }) => about.moment)).toEqual(["asked", "counted/1"]);
  });

  it("is not said any more when another one has come; said all the same, the last word is written over it", async () => {
    s.roles.set(cleo, ["approver"]);
    const approval = await s.ask({ quorum: 3 });
    await posted(approval);
    await s.decide(approval, ann);
    expect(await stillCounted(approval, 1)).toBe(true);
    await s.decide(approval, ben);
    expect([await stillCounted(approval, 1), await stillCounted(approval, 2)]).toEqual([false, true]);
    // The first one was at Slack already, and came there after the second.
    const before = s.told.length;
    await rewritten(approval, 2);
    expect(s.told).toHaveLength(before);
    await rewritten(approval, 1);
    await rewritten(approval, 1);
    expect(s.told.slice(before).map(({ key }) => key)).toEqual([
      `approval/${approval}/counted/2/slack/after/counted-1`,
    ]);
    await s.decide(approval, cleo);
    await rewritten(approval, 2);
    expect(s.told.at(-1)).toMatchObject({
      key: `approval/${approval}/approved/slack/after/counted-2`,
      message: { text: "Approved by login-1, login-2, login-3." },
    });
    s.roles.delete(cleo);
  });
});

describe("N7 a click in Slack", () => {
  it("rejects, once: a double click and a replay change nothing", async () => {
    const approval = await s.ask();
    expect(await click(approval, ann)).toEqual({ text: "Rejected. The agent is told." });
    expect(await click(approval, ann)).toEqual({ text: "You have said so before. Nothing was changed." });
    expect(await s.entries(approval)).toEqual(["approval.request success", "approval.decide success"]);
    expect(await s.standing(approval)).toMatchObject({ kind: "rejected", by: "login-1" });
  });

  it("two people at the same moment: one is counted, and both are told how it ended", async () => {
    const approval = await s.ask();
    const answers = await Promise.all([click(approval, ann), click(approval, ben)]);
    expect(answers.map(({ text }) => text.replace(/login-\d/, "login")).toSorted()).toEqual([
      "It had ended before. Rejected by login.",
      "Rejected. The agent is told.",
    ]);
  });

  it.each([
    ["a yes that somebody made up", ann, { act: "approve" }, "A yes is given on the page alone", "only_on_the_page"],
    ["nobody's account", null, {}, "does not know who you are", "not_bound"],
    ["another workspace, whoever is bound there", ann, { team: "T2" }, "workspace is not the one", "other_workspace"],
    ["who has lost the role", person(77), {}, "no approver here", "not_an_approver"],
  ] as const)("%s: refused, and in the log with who it was", async (_, who, more, words, refusal) => {
    const approval = await s.ask();
    expect((await click(approval, who, more)).text).toContain(words);
    expect(await s.standing(approval)).toMatchObject({ kind: "pending", yes: 0 });
    expect(await s.entries(approval)).toEqual(["approval.request success", "approval.decide refused"]);
    const [entry] = await s.inTenant((tx) => s.t.audit.recent(tx, { limit: 1 }));
    expect(JSON.stringify(entry?.body)).toContain(refusal);
  });

  it("who asked can say no in Slack, and never yes, on no channel", async () => {
    const approval = await s.ask({ requester });
    expect((await click(approval, requester, { act: "approve" })).text).toContain("nobody approves their own");
    expect(await click(approval, requester)).toMatchObject({ text: "Rejected. The agent is told." });
  });

  it("N8 after its time it is a timeout, and nobody's no", async () => {
    const approval = await s.ask();
    await s.ageByWall(approval, 3_600_000);
    expect((await click(approval, ann)).text).toBe("It had ended before. Denied: nobody decided in time.");
    expect(await s.standing(approval)).toMatchObject({ kind: "expired" });
  });

  it("a message that stood in the channel before it was moved still knows its workspace", async () => {
    const approval = await s.ask();
    await posted(approval);
    await set({ kind: "slack", place: { team: "T9", channel: "C9" } });
    expect((await click(approval, ann, { team: "T9" })).text).toContain("workspace is not the one");
    expect(await click(approval, ann)).toMatchObject({ text: "Rejected. The agent is told." });
  });
});

it("where approvers are told is sealed, in the log, and the server's login cannot change it", async () => {
  await set({ kind: "mail", person: ann, address: "ann@acme.example" });
  const [row] = await s.t.adminSql(
    "select encode(place, 'escape') as place from approvals.channel where kind = 'mail'",
  );
  expect(String(row?.["place"])).not.toContain("ann@");
  const client = await s.t.appClient();
  await expect(client.query("update approvals.channel set place = place")).rejects.toThrow(/permission denied/);
  await expect(client.query("delete from approvals.channel")).rejects.toThrow(/permission denied/);
  const [entry] = await s.inTenant((tx) => s.t.audit.recent(tx, { limit: 1 }));
  expect(entry).toMatchObject({ kind: "approval.channel", outcome: "success" });
});

describe("the client's own systems", () => {
  it.each([
    ["approved", (id: ApprovalId) => s.decide(id, ann)],
    ["rejected", (id: ApprovalId) => s.decide(id, ann, { answer: "reject" })],
    ["void", (id: ApprovalId) => s.inTenant((tx) => s.approvals.voidIt(tx, id, "stopped"))],
    [
      "expired",
      async (id: ApprovalId) => {
        await s.ageByWall(id, 3_600_000);
        await s.inTenant((tx) => s.approvals.expireDue(tx));
      },
    ],
  ] as const)(
    "hear that it is asked, and that it is %s: ids and states, and nothing that an agent wrote",
    async (state, end) => {
      const approval = await s.ask();
      await end(approval);
      const call = expect.any(String);
      expect(s.events.filter(({ about }) => about.approval === approval).map(({ to }) => to)).toEqual([
        { kind: "webhooks", event: "approval.requested", data: { approval, call, state: "pending" } },
        { kind: "webhooks", event: "approval.decided", data: { approval, call, state } },
      ]);
    },
  );

  it("also where nobody is told in another way, and of a yes that is void later", async () => {
    await set({ kind: "slack", place: null });
    const approval = await s.ask();
    await s.decide(approval, ann);
    await s.inTenant((tx) => s.approvals.voidIt(tx, approval, "stopped"));
    expect(s.told).toEqual([]);
    expect(s.events.map(({ key }) => key)).toEqual(
      ["pending", "approved", "void"].map((state) => `approval/${approval}/${state}/event`),
    );
  });
});

describe("a notice that no provider took", () => {
  const OPS = { kind: "mail", to: "ops@acme.example", subject: "Approvals", answers: [] } as const;
  const lose = (approval: ApprovalId, moment: "asked" | "ended" | "event") =>
    s.inTenant((tx) => s.approvals.lost(tx, { kind: "approval", approval, moment }, "Slack said: is_archived.", [OPS]));

  it("is told to the client's owners, where they are and by webhook: once, whatever else is lost", async () => {
    const approval = await s.ask();
    s.told.length = s.events.length = 0;
    await lose(approval, "asked");
    await lose(approval, "asked");
    await lose(approval, "event");
    expect(s.told).toMatchObject([
      {
        to: { kind: "mail", to: OPS.to },
        message: { text: expect.stringMatching(/is_archived[^]*waits in the queue/) },
      },
    ]);
    expect(s.events).toMatchObject([{ to: { event: "approval.page", data: { approval, state: "pending" } } }]);
  });

  it("of how it ended is told to nobody: the message it would have changed is of no use any more", async () => {
    const approval = await s.ask();
    await s.decide(approval, ann);
    s.told.length = s.events.length = 0;
    await lose(approval, "ended");
    expect([...s.told, ...s.events]).toEqual([]);
  });
});
