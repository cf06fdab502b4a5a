// Every delivery here is signed with the right secret. What it says is not true, or not its sender's to say: none of it may
// make anything pass, reach another tenant, or be done twice.

import { createHmac, randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { APPROVE_ACTION } from "#gate";
import { acts, findRepository } from "#demo/world";
import { asNumber, stage, type Stage } from "../gate/io/support/stage.ts";

async function say(s: Stage, event: string, payload: object, guid: string = randomUUID()): Promise<number> {
  const body = JSON.stringify({ installation: { id: s.installation }, ...payload });
  const answer = await fetch(s.world.hook.url ?? "", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": event,
      "x-github-delivery": guid,
      "x-hub-signature-256": `sha256=${createHmac("sha256", s.webhookSecret).update(body).digest("hex")}`,
    },
    body,
  });
  return answer.status;
}

const where = (s: Stage): object => ({ id: s.repositoryId, full_name: s.repo });
const person = (s: Stage, login: string): object => {
  const found = [...s.world.accounts.values()].find((account) => account.login === login);
  return { id: found?.id ?? 0, login, type: found?.type ?? "User" };
};
const pull = (s: Stage, head: string, at: string): object => ({
  number: s.number,
  head: { sha: head },
  base: { ref: "main" },
  created_at: at,
  updated_at: at,
});
const check = (app: number, head: string): object => ({
  name: "countersign",
  head_sha: head,
  app: { id: app },
  conclusion: "failure",
});
const count = z.array(z.object({ n: z.coerce.number() }));
const rows = async (s: Stage, table: string): Promise<number> =>
  count.parse(await s.t.adminSql(`select count(*) as n from ${table}`))[0]?.n ?? -1;
const passes = async (s: Stage): Promise<boolean> =>
  (await s.entries("gate.verdict")).includes("success") || s.check(s.h2)?.conclusion === "success";

describe("G1, T2: a signed lie passes nothing", () => {
  it("a review that GitHub does not know: what counts is read live", async () => {
    const s = await stage({ heard: true });
    const review = { id: 990_001, user: person(s, "ann"), commit_id: s.h2, submitted_at: "2026-03-02T10:06:00Z" };
    await say(s, "pull_request_review", {
      action: "submitted",
      repository: where(s),
      sender: person(s, "ann"),
      pull_request: pull(s, s.h2, "2026-03-02T10:06:00Z"),
      review: { ...review, state: "approved" },
    });
    await s.settle();
    expect(await s.reasons()).toContain("no_approval");
    expect(await passes(s)).toBe(false);
  });

  it("an earlier first sight of a real review, on another commit: it can only be refused by that", async () => {
    const s = await stage({ heard: true });
    s.clock.advance(60_000);
    const id = acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    s.world.hook.queue.length = 0;
    await say(s, "pull_request_review", {
      action: "submitted",
      repository: where(s),
      sender: person(s, "ann"),
      pull_request: pull(s, s.h2, "2026-03-02T10:06:00Z"),
      review: { id, user: person(s, "ann"), commit_id: s.h1, submitted_at: "2026-03-02T10:06:00Z" },
    });
    await s.settle();
    expect(await s.reasons()).toContain("review_rebound");
    expect(await passes(s)).toBe(false);
  });

  it.each([
    ["a human presses it: the one who counts", "ann", 4242, 1, true],
    ["a bot presses it: no human's", "agent[bot]", 4242, 1, false],
    ["it is another App's check run of our name: not ours", "ann", 15368, 0, false],
  ])("C22 the button: %s", async (_, by, app, records, counts) => {
    const s = await stage({
      heard: true,
      files: { ".github/merge-gate.yml": 'version: 1\npaths:\n  - match: ["src/**"]\n    step_up: true\n' },
    });
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    await say(s, "check_run", {
      action: "requested_action",
      repository: where(s),
      sender: person(s, by),
      requested_action: { identifier: APPROVE_ACTION },
      check_run: check(app, s.h2),
    });
    await s.settle();
    expect(await rows(s, "gate.step_up")).toBe(records);
    expect(await passes(s)).toBe(counts);
  });

  it("T1 a delivery of our installation that names another tenant's repository reads nothing of it", async () => {
    const s = await stage({ heard: true });
    acts.addOrganisation(s.world, "globex");
    acts.addRepository(s.world, { name: "globex/app", private: true, files: { "secret.ts": "theirs\n" } });
    const theirs = findRepository(s.world, "globex/app")?.id ?? 0;
    const asked = s.calls().length;
    await say(s, "pull_request", {
      action: "opened",
      repository: { id: theirs, full_name: "globex/app" },
      sender: person(s, "ann"),
      pull_request: pull(s, s.h2, "2026-03-02T10:06:00Z"),
    });
    await s.settle();
    expect(s.calls().slice(asked)).toEqual([]);
    expect(await s.reasons(asNumber(s.number))).toContain("no_approval");
  });

  it("T1 a delivery for an installation that nobody owns, or that another tenant owns, leaves no row with us", async () => {
    const s = await stage({ heard: true });
    const other = await s.t.tenant("globex", 777_001);
    const before = await rows(s, "gate.head_seen");
    const lie = {
      action: "synchronize",
      before: s.h1,
      repository: where(s),
      sender: person(s, "bob"),
      pull_request: pull(s, s.h1, "2026-03-02T10:30:00Z"),
    };
    expect(await say(s, "pull_request", { ...lie, installation: { id: 999_999 } })).toBe(202);
    await say(s, "pull_request", { ...lie, installation: { id: other.installation } });
    await s.settle();
    const mine = await s.t.adminSql("select from gate.head_seen where tenant_id = $1", [s.tenant.id]);
    expect(mine).toHaveLength(before);
  });

  it("G02 the same delivery ten times at once is one", async () => {
    const s = await stage({ heard: true });
    const before = (await s.entries("github.delivery")).length;
    const one = {
      action: "created",
      repository: where(s),
      sender: person(s, "ann"),
      issue: { number: s.number, pull_request: {} },
    };
    const comment = {
      id: 701,
      body: "/countersign hold wait",
      user: person(s, "ann"),
      created_at: "2026-03-02T10:06:00Z",
    };
    const guid = randomUUID();
    await Promise.all(Array.from({ length: 10 }, () => say(s, "issue_comment", { ...one, comment }, guid)));
    await s.jobs();
    expect((await s.entries("github.delivery")).length).toBe(before + 1);
    expect(await s.entries("gate.command")).toEqual(["success"]);
    expect(await rows(s, "gate.stop")).toBe(1);
  });

  it.each([
    ["an outsider", "stranger", "/countersign hold", "created"],
    ["somebody with read access", "ro", "/countersign hold", "created"],
    ["a bot", "agent[bot]", "/countersign hold", "created"],
    ["an edited comment", "ann", "/countersign unhold", "edited"],
    ["a code block", "ann", "```\n/countersign hold\n```", "created"],
    ["a word of praise and a megabyte", "ann", `LGTM ${"x".repeat(1_000_000)}\n/countersign hold`, "created"],
    ["a command that would approve", "ann", "/countersign approve", "created"],
  ])("B10 a command of %s changes nothing", async (_, login, body, action) => {
    const s = await stage({ heard: true });
    if (login === "stranger") acts.addAccount(s.world, { login });
    const comment = { id: 702, body, user: person(s, login), created_at: "2026-03-02T10:06:00Z" };
    await say(s, "issue_comment", {
      action,
      repository: where(s),
      sender: person(s, login),
      issue: { number: s.number, pull_request: {} },
      comment,
    });
    await s.jobs();
    expect(await rows(s, "gate.stop")).toBe(0);
    expect(await passes(s)).toBe(false);
  });
});
