// Somebody has stolen an agent's key, and its owner revokes it. What was asked with it before is still under way: a call that waits for GitHub, and
// one that waits for a person who does not know.

import { beforeAll, expect, it } from "vitest";
import {
  addAgent,
  agentNow,
  issueAgentKey,
  personByGithub,
  revokeAgent,
  revokeKey,
  rotateKey,
  stillAsks,
} from "#identity/io";
import { planAgain } from "#gateway/io";
import { entryId, userId, type EntryId } from "#kernel";
import { merge, pendingOf, propose, read, stageOf, type Stage } from "../gateway/support/stage.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";

const t = await testDatabase();
const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
const revoking = { ...t.operator, append: t.append, spool: t.spool };
const known = <T>(value: T | null): T => value ?? expect.unreachable();
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});

interface Stolen {
  readonly s: Stage;
  readonly key: EntryId;
  readonly text: string;
  /** What is done while GitHub is asked. */
  meanwhile: () => Promise<unknown>;
}

let count = 0;
async function stolen(): Promise<Stolen> {
  count += 1;
  const made = await addAgent(t.operator, { tenant: acme.id, name: `agent ${count}`, requester: known(userId(7)), tools: "all", by }); // prettier-ignore
  const agent = made.kind === "added" ? made.id : expect.unreachable();
  const issued = known(await issueAgentKey(t.operator, { tenant: acme.id, agent, name: "key", days: 1, by }));
  const key = known(entryId(issued.id));
  const before = stageOf(t, acme);
  const held = { s: before, key, text: issued.text, meanwhile: async (): Promise<unknown> => null };
  const s = stageOf(t, acme, {
    deps: {
      stillAsks,
      agentNow: (tx, id) => agentNow(tx, id, personByGithub),
      world: {
        ...before.deps.world,
        branch: async (repository, branch) => {
          await held.meanwhile();
          return before.deps.world.branch(repository, branch);
        },
      },
    },
  });
  const who = { ...known(await s.inTenant((tx) => agentNow(tx, agent, personByGithub))), key };
  return Object.assign(held, { s: { ...s, who } });
}

it("nothing is revoked: it is carried out, or all below would prove nothing", async () => {
  const { s } = await stolen();
  expect(await s.gateway.handle(s.who, propose("a.txt"), 10_000)).toMatchObject({ kind: "done" });
  expect(await s.gateway.handle(s.who, read(), 10_000)).toMatchObject({ kind: "done" });
});

it.each<[string, (held: Stolen) => Promise<unknown>]>([
  ["the key", ({ key }) => revokeKey(revoking, { tenant: acme.id, keyId: key, by })],
  ["the agent", ({ s }) => revokeAgent(revoking, { tenant: acme.id, agent: s.who.agent, by })],
])("%s is revoked while GitHub is asked: there is no intent, and no packet", async (_, revoke) => {
  const held = await stolen();
  held.meanwhile = () => revoke(held);
  const answer = await held.s.gateway.handle(held.s.who, propose("a.txt"), 10_000);
  expect(answer).toMatchObject({ kind: "refused", code: "killed", why: expect.stringContaining("revoked") });
  expect(held.s.sent()).toEqual([]);
  if (answer.kind === "refused") expect(await held.s.entries(known(answer.call))).toEqual(["call.refused refused"]);
  // What the database alone knows of is decided at once: it is over there, too.
  expect(await held.s.gateway.handle(held.s.who, read(), 10_000)).toMatchObject({ code: "killed" });
  expect(held.s.sent()).toEqual([]);
});

it.each<[string, (held: Stolen) => Promise<unknown>]>([
  ["the key", ({ key }) => revokeKey(revoking, { tenant: acme.id, keyId: key, by })],
  ["the agent", ({ s }) => revokeAgent(revoking, { tenant: acme.id, agent: s.who.agent, by })],
])("%s is revoked while a person thinks: their yes moves nothing", async (_, revoke) => {
  const held = await stolen();
  const { s } = held;
  const { approval, call } = pendingOf(await s.gateway.handle(s.who, merge(), 10_000));
  await revoke(held);
  await s.answer(approval, "approve");
  await s.resume(call);
  expect(await s.gateway.status(s.who, call, 0)).toMatchObject({ kind: "refused", code: "void", why: expect.stringContaining("revoked") }); // prettier-ignore
  expect(s.sent()).toEqual([]);
});

it("whoever clicks after that is told that it was stopped", async () => {
  const { s, key } = await stolen();
  const { approval } = pendingOf(await s.gateway.handle(s.who, merge(), 10_000));
  expect(await planAgain(s.deps, acme.claim, approval)).toEqual({ kind: "same" });
  await revokeKey(revoking, { tenant: acme.id, keyId: key, by });
  expect(await planAgain(s.deps, acme.claim, approval)).toEqual({ kind: "void", cause: "stopped" });
});

it("a key that was followed by another, or that ran out, takes back nothing that was asked with it", async () => {
  const held = await stolen();
  const { s } = held;
  const { approval, call } = pendingOf(await s.gateway.handle(s.who, merge(), 10_000));
  await s.inTenant((tx) => rotateKey(tx, t.append, { presented: held.text, by }));
  await t.adminSql("update identity.api_key set issued_at = now() - interval '3 days', expires_at = now() - interval '1 second' where key_id = $1", [held.key]); // prettier-ignore
  await s.answer(approval, "approve");
  await s.resume(call);
  expect(s.sent()).toHaveLength(1);
});

it("T2 another client's agent and key are none here", async () => {
  const { s, key } = await stolen();
  const globex = await t.tenant("globex", 2);
  expect(await s.inTenant((tx) => stillAsks(tx, { agent: s.who.agent, key }))).toBe(true);
  expect(await t.db.withTenant(globex.claim, (tx) => stillAsks(tx, { agent: s.who.agent, key }))).toBe(false);
  const other = await stolen();
  expect(await s.inTenant((tx) => stillAsks(tx, { agent: s.who.agent, key: other.key }))).toBe(false);
});
