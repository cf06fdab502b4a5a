// The attacker has the server's own login, and writes the tables of approvals without this program.

import { beforeAll, describe, expect, it } from "vitest";
import type pg from "pg";
import type { ApprovalId } from "#kernel";
import { hash, person } from "../approvals/support/people.ts";
import { stage } from "../approvals/support/stage.ts";
import { attack } from "../support/attack.ts";

const s = await stage();
let app: pg.Client;
let id: ApprovalId;
beforeAll(async () => {
  app = await s.t.appClient();
});

const write = async (text: string, ...values: readonly unknown[]) =>
  attack(app, (await s.t.db.claimFor(s.tenant.id))?.text ?? "", [text, values]);
const answer = (by: string, answered = "approve", channel = "page") =>
  write(
    "insert into approvals.answer (tenant_id, approval_id, person_id, answer, channel, reason) values ($1, $2, $3, $4, $5, $6)",
    s.tenant.id, id, by, answered, channel, Buffer.alloc(60),
  ); // prettier-ignore
const set = (what: string) => write(`update approvals.approval set ${what} where approval_id = $1`, id);
const APPROVED = "state = 'approved', ended_at = now(), decided_at = now()";

describe("with the server's login", () => {
  it("15 nobody is made to have said yes without an answer of enough different people", async () => {
    id = await s.ask({ quorum: 2 });
    expect(await set(APPROVED)).toMatchObject({ message: expect.stringContaining("people in time") });
    await s.decide(id, person(1));
    expect(await set(APPROVED)).toMatchObject({ message: expect.stringContaining("people in time") });
    expect(await answer(person(1))).toHaveProperty("refused");
  });

  it("16 no answer is written after its time, and none turns it into a yes", async () => {
    id = await s.ask();
    await s.ageByWall(id, 61 * 60_000);
    expect(await answer(person(1))).toMatchObject({ message: expect.stringContaining("too late") });
    expect(await set(APPROVED)).toHaveProperty("refused");
    expect(await set("expires_at = now() + interval '1 hour'")).toHaveProperty("refused");
  });

  it("15 the requester's own yes, a yes from Slack, and one of high risk without a passkey are not written", async () => {
    id = await s.ask();
    expect(await answer(person(8))).toHaveProperty("refused");
    expect(await answer(person(1), "approve", "slack")).toHaveProperty("refused");
    id = await s.ask({ risk: "high" });
    expect(await answer(person(1))).toHaveProperty("refused");
  });

  it.each([
    ["what was asked", `digest = '${hash(9)}'`],
    ["the rules it was asked under", "policy_set = 'x'"],
    ["how many people", "quorum = 1"],
    ["whose request it was", "requester_id = null"],
    ["what was shown", "shown = '\\x00'"],
    ["how old it is", "monotonic_ms = 0"],
    ["which of the client's lives it is of", "epoch = 99"],
  ])("14 %s stays as it was", async (_, what) => {
    id = await s.ask({ quorum: 2 });
    expect(await set(what)).toHaveProperty("refused");
  });

  it("what has ended stays ended, and what was used is used once", async () => {
    id = await s.ask();
    await s.decide(id, person(1), { answer: "reject", reason: "no" });
    for (const state of ["pending", "approved", "void"])
      expect(await set(`state = '${state}', ended_at = null, cause = null`)).toHaveProperty("refused");
    id = await s.ask();
    await s.decide(id, person(1));
    expect(await set("used_at = now()")).not.toHaveProperty("refused");
    expect(await write("delete from approvals.approval where approval_id = $1", id)).toHaveProperty("refused");
    expect(await write("delete from approvals.answer where approval_id = $1", id)).toHaveProperty("refused");
    expect(await write("truncate approvals.answer")).toHaveProperty("refused");
  });
});
