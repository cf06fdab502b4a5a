// The page was opened as an approver; before the click the role, or the person, was taken away.

import { handOver } from "#tickets/io";
import { beforeAll, describe, expect, it } from "vitest";
import { removePerson } from "#identity/io";
import type { AgentId } from "#kernel";
import { peopleStage } from "../support/people-stage.ts";

const s = await peopleStage();
let claude: AgentId;
beforeAll(async () => {
  claude = await s.agent(s.acme, "claude", await s.person(s.acme, "cleo", ["viewer"]));
});
const by = { initiator: { type: "operator", id: "test" }, requestId: "r1" } as const;

describe("invariant 15: between the page and the click", () => {
  it("a role that was taken away answers nothing, and the session is over", async () => {
    await s.person(s.acme, "ann", ["approver", "viewer"]);
    const { approval, digest } = await s.ask(s.acme, claude);
    const ann = await s.signIn("ann");
    const csrf = await s.csrf(ann);
    await s.roles(s.acme, "ann", ["viewer"]);
    expect(
      (await ann.post(`/approvals/${approval}`, { csrf, digest, answer: "approve" })).headers.get("location"),
    ).toBe("/login");
    const again = await s.signIn("ann");
    const answered = await again.post(`/approvals/${approval}`, {
      csrf: await s.csrf(again),
      digest,
      answer: "approve",
    });
    expect(answered.status).toBe(403);
    const standing = await s.t.db.withTenant(s.acme.claim, (tx) => s.approvals.standing(tx, approval));
    expect(standing).toMatchObject({ kind: "pending", yes: 0 });
  });

  it("a person who was removed is signed out everywhere, and in nowhere", async () => {
    const person = await s.person(s.acme, "dan", ["approver"]);
    const here = await s.signIn("dan");
    const there = await s.signIn("dan");
    await removePerson(
      { ...s.t.operator, append: s.t.append, spool: s.t.spool, handOver },
      { tenant: s.acme.id, person: person.person, by },
    );
    expect((await here.get("/approvals")).status).toBe(303);
    expect((await there.get("/approvals")).status).toBe(303);
    expect((await s.signIn("dan")).cookies.size).toBe(0);
  });

  it("a role more ends no session", async () => {
    await s.person(s.acme, "fay", ["viewer"]);
    const fay = await s.signIn("fay");
    await s.roles(s.acme, "fay", ["viewer", "approver"]);
    expect(await (await fay.get("/approvals")).text()).toContain("(viewer, approver)");
  });

  it("a yes of somebody who lost the role afterwards counts no more", async () => {
    await s.person(s.acme, "gil", ["approver"]);
    const { approval, digest } = await s.ask(s.acme, claude);
    const gil = await s.signIn("gil");
    await gil.post(`/approvals/${approval}`, { csrf: await s.csrf(gil), digest, answer: "approve" });
    await s.roles(s.acme, "gil", ["viewer"]);
    const standing = await s.t.db.withTenant(s.acme.claim, (tx) => s.approvals.standing(tx, approval));
    expect(standing?.kind).not.toBe("approved");
  });
});
