// pr.merge from a packet to the commit on the base branch: the doer asks, the server's loop hears it, the merge gate decides and merges.

import pino from "pino";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { acts, findRepository } from "#demo/world";
import { createTools } from "#doer/io";
import type { PacketRepository } from "#gateway";
import { argumentsHash } from "#gateway/io";
import { commitSha } from "#kernel";
import { NO_RULES } from "#sqlguard";
import { readOutcome } from "../../src/gateway/io/dispatch/outcome.ts";
import { opened } from "../../src/main/lifecycle.ts";
import { serveMerges } from "../../src/main/merges.ts";
import { checkAll, stage, type Stage } from "../gate/io/support/stage.ts";
import { AGENT, doerLab, newCall } from "./support/lab.ts";

const MERGE = "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge";
const known = <T>(value: T | null | undefined): T => value ?? expect.unreachable();

const no = (): never => expect.unreachable("a merge takes no lease");
const noLeases = { ask: no, redeem: no, finish: no, open: no, revokeAll: no, close: no };

/** A pull request whose check is green, unless nobody has approved it. */
async function ready(approved = true) {
  const s = await stage({ heard: true });
  s.clock.advance(60_000);
  if (approved) acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
  await s.settle();
  s.world.journal.clear();
  const lab = doerLab(s.t);
  const log = pino({ level: "silent" });
  const resources = opened(log);
  afterAll(() => resources.close());
  const serve = (): void => serveMerges({ database: s.t.db, url: s.t.urls.app, intake: s.intake, log, resources });
  return { s, lab, serve };
}
type Ready = Awaited<ReturnType<typeof ready>>;

/** The gateway's own row, as it is when it has sent the packet. */
const gatewayRow = (s: Stage, call: string, tool: string): Promise<unknown> =>
  s.t.adminSql(
    `insert into gateway.call (tenant_id, call_id, agent_id, tool, surface, explain, session, asked_hash, asked, state, args_hash, repository_id,
       verdict_entry, intent) values ($1, $2, $3, $4, 'mcp', false, $5, $5, $5, 'executing', $5, $6, $2, $2)`,
    [s.tenant.id, call, AGENT, tool, Buffer.alloc(32), s.repositoryId],
  );

async function ask({ s, lab }: Ready, head: string, { tool = "pr.merge", busy = () => s.jobs() } = {}) {
  const repository: PacketRepository = { id: s.repositoryId, name: s.name, installation: s.tenant.installation };
  const args = { repository: s.name, pull_request: s.number, head_sha: head };
  const call = newCall();
  const signed = await lab.sign(s.tenant, {
    call,
    tool: "pr.merge",
    args,
    repository,
    headSha: known(commitSha(head)),
  });
  expect(lab.packetOf(signed).argsHash).toBe(argumentsHash(args));
  await gatewayRow(s, call, tool);
  const tools = createTools({
    tickets: null,
    gitHost: "https://github.example",
    scrub: async (texts) => texts,
    traces: null,
    inTenant: (_, work) => lab.database.withTenant(s.tenant.claim, work),
    select: { leases: noLeases, rulesOf: async () => NO_RULES, appendFor: () => async () => null },
  });
  let over = false;
  const handled = lab.hand(lab.doer({ tools }), s.tenant, signed).finally(() => {
    over = true;
  });
  while (!over) await busy();
  await handled;
  return s.t.db.withTenant(s.tenant.claim, (tx) => readOutcome(s.t.keys, tx, call));
}

const pull = (s: Stage) => known(findRepository(s.world, s.repo)?.pulls.get(s.number));
const initiatorOf = z.object({ body: z.object({ initiator: z.object({ type: z.string(), id: z.string() }) }) });
const askedBy = async (s: Stage) => {
  const entries = await s.t.db.withTenant(s.tenant.claim, (tx) => s.t.audit.recent(tx, { limit: 50 }));
  return entries.filter(({ kind }) => kind === "gate.merge").map((entry) => initiatorOf.parse(entry).body.initiator);
};

describe("INVARIANT 23 a merge that an agent asks for", () => {
  it("is the gate's: exactly that commit, after the gate's own decision, and the log names the agent", async () => {
    const given = await ready();
    const { s, lab } = given;
    given.serve();
    const outcome = await ask(given, s.h2);
    expect(outcome).toMatchObject({ kind: "done", summary: `Merged acme/app#${s.number}.`, result: { head: s.h2 } });
    expect(outcome).toMatchObject({ result: { merge: pull(s).mergeCommitSha } });
    expect(pull(s).merged).toBe(true);
    expect(await s.entries("gate.merge")).toEqual(["intent", "success"]);
    expect(await askedBy(s)).toEqual([1, 2].map(() => ({ type: "agent", id: AGENT })));
    // Once more: it is merged already, and GitHub is not called.
    const again = await ask(given, s.h2);
    expect(again).toMatchObject({ kind: "refused", why: expect.stringContaining("merged already") });
    expect(s.world.journal.count(MERGE)).toBe(1);
    expect(lab.faults).toEqual([]);
    await s.settle();
    await checkAll(s);
  }, 60_000);

  it("refused: the head moved on before the gate looked, and GitHub is not even called", async () => {
    const given = await ready();
    const { s } = given;
    given.serve();
    expect(await ask(given, s.h1)).toMatchObject({ kind: "refused" });
    expect(s.world.journal.count(MERGE)).toBe(0);
    expect(pull(s).merged).toBe(false);
    expect(await s.entries("gate.merge")).toEqual(["intent", "refused"]);
  }, 60_000);

  it("refused: the head moves while GitHub is called: it says 409, and nothing is merged", async () => {
    const given = await ready();
    const { s } = given;
    given.serve();
    s.world.faults.onRequest(
      MERGE,
      () =>
        void acts.push(s.world, { repo: s.repo, branch: "feature", by: "agent[bot]", files: { "late.ts": "late\n" } }),
    );
    expect(await ask(given, s.h2)).toMatchObject({ kind: "refused" });
    expect(pull(s).merged).toBe(false);
  }, 60_000);

  it("refused: the gate's own check is not green, whatever the packet says", async () => {
    const given = await ready(false);
    given.serve();
    expect(await ask(given, given.s.h2)).toMatchObject({ kind: "refused", next: expect.stringContaining("check") });
    expect(given.s.world.journal.count(MERGE)).toBe(0);
  }, 60_000);

  it("refused: the gateway is at another call under that id, so whoever has the doer's login merges nothing", async () => {
    const given = await ready();
    given.serve();
    expect(await ask(given, given.s.h2, { tool: "pr.comment" })).toMatchObject({ kind: "refused", why: "The gateway is at no such call." }); // prettier-ignore
    expect(await given.s.entries("gate.merge")).toEqual([]);
  }, 60_000);

  it("INVARIANT 3 killed while it waits: the gate is not asked any more", async () => {
    const given = await ready();
    const { s, lab } = given;
    const asked = () => s.t.adminSql("select 1 from doer.merge");
    const killOnceAsked = async (): Promise<void> => {
      if ((await asked()).length > 0) lab.kill("Somebody stopped all agents.");
    };
    expect(await ask(given, s.h2, { busy: killOnceAsked })).toEqual({
      kind: "killed",
      why: "Somebody stopped all agents. What it had done until then is not known.",
    });
    lab.unkill();
    given.serve();
    // What is asked afterwards is served, so the loop has been round; and the one that was killed is not in its way.
    expect(await ask(given, s.h2)).toMatchObject({ kind: "done" });
    expect(await s.entries("gate.merge")).toEqual(["intent", "success"]);
    expect(await s.t.adminSql("select attempt from doer.merge order by asked_at limit 1")).toEqual([{ attempt: null }]);
  }, 60_000);
});
