// The pages for people, as a browser sees them.

import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Person } from "#identity";
import { takeSlackCode } from "#identity/io";
import type { AgentId } from "#kernel";
import { authenticator } from "../support/authenticator.ts";
import { ORIGIN, pathOf, peopleStage } from "../support/people-stage.ts";

const s = await peopleStage();
let cleo: Person;
let claude: AgentId;
beforeAll(async () => {
  await s.person(s.acme, "ann", ["approver"]);
  await s.person(s.acme, "bob", ["viewer"]);
  await s.person(s.acme, "ada", ["approver", "operator"]);
  cleo = await s.person(s.acme, "cleo", ["approver"]);
  await s.person(s.acme, "both", ["viewer"]);
  await s.person(s.globex, "both", ["approver"]);
  claude = await s.agent(s.acme, "claude", cleo);
});

describe("signing in", () => {
  it("asks who it is, sends to GitHub with state and PKCE, and comes back to the page that was wanted", async () => {
    const ann = s.visitor();
    const asked = await s.ask(s.acme, claude);
    const path = `/approvals/${asked.approval}`;
    const first = await ann.get(path);
    expect([first.status, first.headers.get("location")]).toEqual([303, `/login?return=${encodeURIComponent(path)}`]);
    const page = await (await ann.get(first.headers.get("location") ?? "")).text();
    expect(page).toContain(`/login/github?return=${encodeURIComponent(path)}`);
    const away = await ann.get(`/login/github?return=${encodeURIComponent(path)}`);
    const github = new URL(away.headers.get("location") ?? "");
    expect(github.origin + github.pathname).toBe("https://github.com/login/oauth/authorize");
    expect(Object.fromEntries(github.searchParams)).toMatchObject({
      client_id: s.world.app.clientId,
      redirect_uri: `${ORIGIN}/login/callback`,
      code_challenge_method: "S256",
    });
    await s.signIn("ann", ann, path);
    expect(await (await ann.get(path)).text()).toContain("Merge pull request #7 into acme/shop");
    expect(await s.newest(s.acme, 1)).toEqual(["person.login success"]);
  });

  it("leaves no token of GitHub's behind, and a cookie that no script, no other site and no plain line reads", async () => {
    const who = s.visitor();
    const away = await who.get("/login/github");
    expect(away.headers.get("set-cookie")).toMatch(
      /^__Host-countersign_signin=[^;]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    await s.signIn("ann", who);
    expect(s.world.logins.tokens.size).toBe(0);
    expect([...who.cookies.keys()]).toEqual(["__Host-countersign_session"]);
  });

  it("keeps out whom no client has, and says what to do", async () => {
    s.account("stranger");
    const who = await s.signIn("stranger");
    expect(who.cookies.size).toBe(0);
    expect((await who.get("/approvals")).status).toBe(303);
  });

  it("lets somebody of several clients choose, once, among theirs alone", async () => {
    const who = s.visitor();
    const away = await who.get("/login/github?return=/controls");
    const chosen = await s.github(`${pathOf(away.headers.get("location") ?? "")}&as=both`);
    const page = await (await who.get(pathOf(chosen.headers.get("location") ?? ""))).text();
    expect(page).toContain(">acme</button>");
    expect(page).toContain(">globex</button>");
    const choice = /name="choice" value="([^"]+)"/.exec(page)?.[1] ?? "";
    const fields = { choice, tenant: s.globex.id };
    expect(
      (await who.post("/login/choose", { ...fields, tenant: "00000000-0000-7000-8000-000000000000" })).status,
    ).toBe(403);
    const entered = await who.post("/login/choose", fields);
    expect([entered.status, entered.headers.get("location")]).toEqual([303, "/controls"]);
    expect(await (await who.get("/approvals")).text()).toContain("(approver)");
    expect((await who.post("/login/choose", fields)).status).toBe(403);
  });

  it("ends with a sign-out, for good", async () => {
    const ann = await s.signIn("ann");
    const kept = new Map(ann.cookies);
    expect((await ann.post("/logout", { csrf: await s.csrf(ann) })).status).toBe(303);
    expect(await s.newest(s.acme, 1)).toEqual(["person.logout success"]);
    for (const [name, value] of kept) ann.cookies.set(name, value);
    expect((await ann.get("/approvals")).status).toBe(303);
  });

  it.each<[string, string]>([
    ["two hours after its last request", "seen_at = now() - interval '2 hours'"],
    ["twelve hours after the login", "created_at = now() - interval '12 hours'"],
    ["when its client was suspended meanwhile", "epoch = epoch - 1"],
  ])("a session is over %s", async (_when, change) => {
    const ann = await s.signIn("ann");
    expect((await ann.get("/approvals")).status).toBe(200);
    await s.t.adminSql(`update identity.session set ${change} where tenant_id = $1`, [s.acme.id]);
    expect((await ann.get("/approvals")).status).toBe(303);
  });

  it("stores no session that a reader of the database could use", async () => {
    const ann = await s.signIn("ann");
    const secret = ann.cookies.get("__Host-countersign_session")?.split(".")[1] ?? "none";
    const rows = await s.t.adminSql("select x::text as row from identity.session x");
    expect(JSON.stringify(rows)).not.toContain(secret);
  });
});

describe("answering", () => {
  it("shows everything that is needed to decide, and the queue lists it", async () => {
    const { approval, digest } = await s.ask(s.acme, claude);
    const ann = await s.signIn("ann");
    expect(await (await ann.get("/approvals")).text()).toContain(`/approvals/${approval}`);
    const page = await (await ann.get(`/approvals/${approval}`)).text();
    for (const part of [
      "3f786850e387550fdab836ed7e6dc881de23001b",
      digest,
      "human.irreversible@1",
      "62 of 100",
      "minutes left",
      "for cleo",
    ])
      expect(page).toContain(part);
  });

  it("says how many different people have to say yes, and who has", async () => {
    const { approval, digest } = await s.ask(s.acme, claude, { quorum: 2 });
    const ann = await s.signIn("ann");
    const page = async () => (await ann.get(`/approvals/${approval}`)).text();
    expect(await page()).toContain("Two different people have to say yes: 0 of 2 did so far.");
    const csrf = await s.csrf(ann);
    await ann.post(`/approvals/${approval}`, { csrf, digest, answer: "approve", reason: "" });
    expect(await page()).toContain("Two different people have to say yes: 1 of 2 did so far.");
    expect(await page()).toContain("ann (page)");
  });

  it("takes a yes from an approver, once, and says so", async () => {
    const { approval, digest } = await s.ask(s.acme, claude);
    const ann = await s.signIn("ann");
    const fields = { csrf: await s.csrf(ann), digest, answer: "approve", reason: "checked" };
    const answered = await ann.post(`/approvals/${approval}`, fields);
    expect([answered.status, await answered.text()]).toEqual([200, expect.stringContaining("Approved by ann")]);
    expect(await (await ann.post(`/approvals/${approval}`, fields)).text()).toContain("Nothing was changed");
  });

  it("says what came of a yes, and looks by itself until then", async () => {
    const ended = new Map<string, { readonly done: boolean; readonly text: string }>();
    const told = await peopleStage({ became: async (_, call) => ended.get(call) ?? null });
    const ravi = await told.person(told.acme, "ravi", ["approver"]);
    const cleo = await told.person(told.acme, "cleo", ["viewer"]);
    const agent = await told.agent(told.acme, "claude", cleo);
    const { approval, digest, call } = await told.ask(told.acme, agent);
    const visitor = await told.signIn(ravi.login);
    const fields = { csrf: await told.csrf(visitor), digest, answer: "approve", reason: "" };
    const answered = await (await visitor.post(`/approvals/${approval}`, fields)).text();
    expect(answered).toContain("/console/again.js");
    ended.set(call, { done: true, text: "Commented on <acme>." });
    const page = await (await visitor.get(`/approvals/${approval}`)).text();
    expect(page).toContain("<strong>Done.</strong> Commented on &lt;acme&gt;.");
    expect(page).not.toContain("/console/again.js");
    ended.set(call, { done: false, text: "The head moved. Ask again." });
    expect(await (await visitor.get(`/approvals/${approval}`)).text()).toContain(
      "<strong>Not done.</strong> The head moved. Ask again.",
    );
  });

  it("wants a reason for a no", async () => {
    const { approval, digest } = await s.ask(s.acme, claude);
    const ann = await s.signIn("ann");
    const fields = { csrf: await s.csrf(ann), digest, answer: "reject" };
    expect((await ann.post(`/approvals/${approval}`, { ...fields, reason: " " })).status).toBe(403);
    const answered = await ann.post(`/approvals/${approval}`, { ...fields, reason: "not in December" });
    expect(await answered.text()).toContain("not in December");
  });

  it("whoever the agent acts for sees no yes, is told why, and can say no", async () => {
    const { approval, digest } = await s.ask(s.acme, claude, { requester: cleo.person, risk: "high" });
    const visit = await s.signIn("cleo");
    const page = await (await visit.get(`/approvals/${approval}`)).text();
    expect(page).toContain("a yes has to come from somebody else");
    expect(page).not.toContain('value="approve"');
    expect(page).not.toContain("passkey.js");
    expect(page).toContain('value="reject"');
    const fields = { csrf: await s.csrf(visit), digest };
    expect((await visit.post(`/approvals/${approval}`, { ...fields, answer: "approve" })).status).toBe(403);
    const answered = await visit.post(`/approvals/${approval}`, { ...fields, answer: "reject", reason: "not that" });
    expect(await answered.text()).toContain("Rejected by cleo");
  });

  it("a viewer looks, and has no form; a post of theirs is refused", async () => {
    const { approval, digest } = await s.ask(s.acme, claude);
    const bob = await s.signIn("bob");
    const page = await (await bob.get(`/approvals/${approval}`)).text();
    expect(page).toContain("that takes the role approver");
    expect(page).not.toContain('value="approve"');
    const answered = await bob.post(`/approvals/${approval}`, { csrf: await s.csrf(bob), digest, answer: "approve" });
    expect(answered.status).toBe(403);
  });

  it("the API says the same in the same session", async () => {
    const { approval, digest } = await s.ask(s.acme, claude);
    expect((await s.visitor().get("/api/approvals")).status).toBe(401);
    const ann = await s.signIn("ann");
    const session = z.object({ csrf: z.string() }).parse(await (await ann.get("/api/session")).json());
    const waiting = z.object({ approvals: z.array(z.object({ approval: z.string() })) });
    const queue = waiting.parse(await (await ann.get("/api/approvals")).json());
    expect(queue.approvals.map((each) => each.approval)).toContain(approval);
    const body = { digest, answer: "approve" };
    expect((await ann.json(`/api/approvals/${approval}`, body)).status).toBe(403);
    const headers = { origin: ORIGIN, "sec-fetch-site": "same-origin", "x-csrf-token": session.csrf };
    const answered = await ann.json(`/api/approvals/${approval}`, body, headers);
    expect(await answered.json()).toMatchObject({ kind: "recorded", standing: { kind: "approved" } });
  });
});

describe("a passkey, where a yes weighs more", () => {
  const begun = z.object({ challenge: z.string(), options: z.unknown() });
  const own = async (who: Awaited<ReturnType<typeof s.signIn>>) => ({
    origin: ORIGIN,
    "sec-fetch-site": "same-origin",
    "x-csrf-token": await s.csrf(who),
  });

  it("is asked for in a sentence, is added, and says yes to exactly this", async () => {
    const { approval, digest } = await s.ask(s.acme, claude, { risk: "high" });
    const ann = await s.signIn("ann");
    const headers = await own(ann);
    expect(await (await ann.get(`/approvals/${approval}`)).text()).toContain('<a href="/passkeys">Add one</a>');
    expect((await ann.json(`/api/approvals/${approval}/step-up`, { answer: "approve" }, headers)).status).toBe(409);

    const key = authenticator(ORIGIN);
    const making = begun.parse(await (await ann.json("/api/passkeys/begin", {}, headers)).json());
    const response = key.make(making.options);
    const added = await ann.json("/api/passkeys", { challenge: making.challenge, name: "laptop", response }, headers);
    expect(added.status).toBe(201);
    expect(await s.newest(s.acme, 1)).toEqual(["passkey.add success"]);
    expect(await (await ann.get("/passkeys")).text()).toContain("laptop");

    const without = await ann.post(`/approvals/${approval}`, {
      csrf: headers["x-csrf-token"],
      digest,
      answer: "approve",
    });
    expect(without.status).toBe(403);
    const asked = begun.parse(
      await (await ann.json(`/api/approvals/${approval}/step-up`, { answer: "approve" }, headers)).json(),
    );
    const proof = JSON.stringify({ challenge: asked.challenge, response: key.sign(asked.options) });
    const answered = await ann.post(`/approvals/${approval}`, {
      csrf: headers["x-csrf-token"],
      digest,
      answer: "approve",
      proof,
    });
    expect(await answered.text()).toContain("Approved by ann");
  });

  it("is added and removed right after signing in only", async () => {
    const ann = await s.signIn("ann");
    const headers = await own(ann);
    await s.t.adminSql("update identity.session set created_at = now() - interval '11 minutes' where tenant_id = $1", [
      s.acme.id,
    ]);
    expect((await ann.json("/api/passkeys/begin", {}, headers)).status).toBe(403);
    expect(await (await ann.get("/passkeys")).text()).toContain("within ten minutes of signing in");
  });

  it.each<[string, { readonly origin?: string; readonly verified?: boolean; readonly challenge?: string }]>([
    ["on another site's page", { origin: "https://countersign.example.evil" }],
    ["without checking who holds it", { verified: false }],
    ["over another challenge", { challenge: "AAAA" }],
  ])("made %s is none", async (_how, habits) => {
    const cleos = await s.signIn("cleo");
    const headers = await own(cleos);
    const making = begun.parse(await (await cleos.json("/api/passkeys/begin", {}, headers)).json());
    const response = authenticator(ORIGIN).make(making.options, habits);
    expect(
      (await cleos.json("/api/passkeys", { challenge: making.challenge, name: "x", response }, headers)).status,
    ).toBe(403);
  });

  it("a challenge is good for one key", async () => {
    const cleos = await s.signIn("cleo");
    const headers = await own(cleos);
    const { challenge, options } = begun.parse(await (await cleos.json("/api/passkeys/begin", {}, headers)).json());
    const add = () =>
      cleos.json("/api/passkeys", { challenge, name: "x", response: authenticator(ORIGIN).make(options) }, headers);
    expect((await add()).status).toBe(201);
    expect((await add()).status).toBe(403);
  });
});

describe("stopping", () => {
  it("an operator stops the client's agents, and everybody sees it; a viewer cannot", async () => {
    const ada = await s.signIn("ada");
    const fields = { csrf: await s.csrf(ada), scope: "tenant", reason: "an agent behaves strangely" };
    const stopped = await ada.post("/controls/stop", fields);
    expect(await stopped.text()).toContain("All agents of this client");
    expect(await s.newest(s.acme, 1)).toEqual(["control.stop success"]);
    const bob = await s.signIn("bob");
    expect(await (await bob.get("/controls")).text()).toContain("an agent behaves strangely");
    expect((await bob.post("/controls/stop", { ...fields, csrf: await s.csrf(bob) })).status).toBe(403);
  });

  it("without a reason nothing is stopped", async () => {
    const ada = await s.signIn("ada");
    expect((await ada.post("/controls/stop", { csrf: await s.csrf(ada), scope: "tenant", reason: "" })).status).toBe(
      400,
    );
  });
});

describe("N7 a person's account in Slack", () => {
  it("is bound by a code that the page shows once, typed there, and removed here", async () => {
    const ann = await s.signIn("ann");
    const fields = { csrf: await s.csrf(ann) };
    expect(await (await ann.get("/slack")).text()).toContain("No account is bound yet");
    const shown = await (await ann.post("/slack/code", fields)).text();
    const code = /link ([A-Z2-9-]{14})/.exec(shown)?.[1] ?? "";
    const account = { team: "T1", user: "U1" };
    const bound = await s.t.db.withTenant(s.acme.claim, (tx) =>
      takeSlackCode(s.t.append, tx, { code, account, requestId: "r" }),
    );
    expect(bound?.login).toBe("ann");
    expect(await (await ann.get("/slack")).text()).toContain("workspace T1");
    const bob = await s.signIn("bob");
    const others = await bob.post("/slack/remove", { csrf: await s.csrf(bob), ...account });
    expect(await others.text()).toContain("There was no such account");
    expect(await (await ann.post("/slack/remove", { ...fields, ...account })).text()).toContain(
      "No account is bound yet",
    );
    expect((await ann.post("/slack/code", { csrf: "another" })).status).toBe(403);
  });
});
