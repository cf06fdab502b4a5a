// A link in a mail, a chat or a comment is followed by previewers and scanners, and forwarded by people. Following it decides nothing.

import { beforeAll, describe, expect, it } from "vitest";
import type { Person } from "#identity";
import type { AgentId, ApprovalId } from "#kernel";
import { peopleStage } from "../support/people-stage.ts";

const s = await peopleStage();
let ann: Person;
let claude: AgentId;
beforeAll(async () => {
  ann = await s.person(s.acme, "ann", ["approver"]);
  await s.person(s.acme, "bob", ["approver"]);
  claude = await s.agent(s.acme, "claude", await s.person(s.acme, "cleo", ["viewer"]));
});

const linkTo = async (approval: ApprovalId, person: Person): Promise<string> =>
  s.t.db.withTenant(s.acme.claim, (tx) => s.approvals.links.issue(tx, { approval, person: person.person }));
const standing = (approval: ApprovalId) => s.t.db.withTenant(s.acme.claim, (tx) => s.approvals.standing(tx, approval));

describe("a link", () => {
  it("opened by a scanner, without a session, shows the sign-in and nothing of the request", async () => {
    const { approval } = await s.ask(s.acme, claude);
    const link = await linkTo(approval, ann);
    const scanner = s.visitor();
    for (const path of [`/approvals/link/${link}`, `/approvals/${approval}?link=${link}`]) {
      const opened = await scanner.get(path);
      expect([opened.status, await opened.text()]).toEqual([303, ""]);
      expect(opened.headers.get("location")).toMatch(/^\/login\?return=/);
    }
    expect(await standing(approval)).toMatchObject({ kind: "pending", yes: 0 });
  });

  it("GET approves nothing, however it is spelt, whoever is signed in", async () => {
    const { approval, digest } = await s.ask(s.acme, claude);
    const link = await linkTo(approval, ann);
    const who = await s.signIn("ann");
    const csrf = await s.csrf(who);
    const query = new URLSearchParams({ csrf, digest, answer: "approve", link, _method: "POST" }).toString();
    for (const path of [
      `/approvals/${approval}?${query}`,
      `/approvals/link/${link}`,
      `/api/approvals/${approval}?${query}`,
    ])
      await who.get(path, { "x-http-method-override": "POST", "x-csrf-token": csrf });
    const head = await s.app.request(`https://countersign.example/approvals/${approval}?${query}`, { method: "HEAD" });
    expect(head.status).toBe(303);
    expect(await standing(approval)).toMatchObject({ kind: "pending", yes: 0 });
  });

  it("forwarded to somebody else who may approve is not theirs to answer with", async () => {
    const { approval, digest } = await s.ask(s.acme, claude);
    const link = await linkTo(approval, ann);
    const bob = await s.signIn("bob");
    const answered = await bob.post(`/approvals/${approval}`, {
      csrf: await s.csrf(bob),
      digest,
      answer: "approve",
      link,
    });
    expect(answered.status).toBe(403);
    expect(await standing(approval)).toMatchObject({ kind: "pending", yes: 0 });
  });

  it("is good for one answer of the person it was sent to", async () => {
    const { approval, digest } = await s.ask(s.acme, claude, { quorum: 2 });
    const link = await linkTo(approval, ann);
    const who = await s.signIn("ann");
    const opened = await who.get(`/approvals/link/${link}`);
    expect(opened.headers.get("location")).toBe(`/approvals/${approval}?link=${link}`);
    const answered = await who.post(`/approvals/${approval}`, {
      csrf: await s.csrf(who),
      digest,
      answer: "approve",
      link,
    });
    expect(answered.status).toBe(200);
    expect(await standing(approval)).toMatchObject({ kind: "pending", yes: 1 });
  });

  it("made up, or of another client, opens nothing", async () => {
    const who = await s.signIn("ann");
    expect((await who.get(`/approvals/link/csl_${"0".repeat(32)}_${"A".repeat(43)}`)).status).toBe(404);
  });
});
