// The reconciler over real PostgreSQL, with a world that the test speaks for.

import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { EntryKind, NewEntry, Standing } from "#audit";
import { reconcileIntents, type AskWorld } from "#audit/io";
import { Fault, type EntryId } from "#kernel";
import { sampleEntry } from "../../support/attack.ts";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { checkWorld } from "../../support/world.ts";

const t = await testDatabase();
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});

const entry = (over: Partial<NewEntry>): NewEntry =>
  sampleEntry(null, {
    kind: "gate.merge",
    outcome: "intent",
    observer: { type: "app", id: "1" },
    target: { type: "pull_request", id: "1#2" },
    requestId: "r",
    ...over,
  });
const append = (over: Partial<NewEntry>, tenant = acme): Promise<EntryId> =>
  t.db.withTenant(tenant.claim, (tx) => t.append(tx, entry(over)));
const age = (minutes: number): Promise<unknown> =>
  t.adminSql(
    "update audit.open_intent set opened_at = opened_at - make_interval(mins => $1), asked_at = asked_at - make_interval(mins => $1)",
    [minutes],
  );
const opened = async (): Promise<readonly unknown[]> =>
  (await t.adminSql("select entry_id from audit.open_intent order by entry_id")).map((row) => row["entry_id"]);
const said = z.object({ kind: z.string(), outcome: z.string(), intent: z.string().nullable() });
const about = async (intent: EntryId): Promise<readonly z.infer<typeof said>[]> =>
  z.array(said).parse(
    await t.adminSql(
      `select j ->> 'kind' as kind, j ->> 'outcome' as outcome, j ->> 'intent' as intent
        from (select entry_id, convert_from(leaf, 'UTF8')::json as j from audit.entry) e where j ->> 'intent' = $1 order by entry_id`,
      [intent],
    ),
  );

const says =
  (standing: Standing, settle?: () => Promise<boolean>): AskWorld =>
  (_claim, _intent, conclude) =>
    conclude({ standing, target: { type: "pull_request", id: "1#2" }, ...(settle === undefined ? {} : { settle }) });
const run = (world: AskWorld, tenant = acme, kind: EntryKind = "gate.merge"): Promise<void> =>
  reconcileIntents(
    { database: t.db, append: t.append, observer: { type: "app", id: "1" }, worlds: { [kind]: world } },
    tenant.claim,
  );
const PERFORMED: Standing = { kind: "performed", body: { merged: true } };
const SILENT: Standing = { kind: "unknown", why: "GitHub did not answer" };

describe("A1 the database keeps the open intents, from the entries themselves", () => {
  it("an intent is open until its outcome, and one outcome is all it takes", async () => {
    const intent = await append({});
    expect(await opened()).toContain(intent);
    await append({ outcome: "success", intent });
    expect(await opened()).not.toContain(intent);
    await expect(append({ outcome: "failure", intent })).rejects.toMatchObject({
      constraint: "one_outcome_per_intent",
    });
    expect(await about(intent)).toHaveLength(1);
  });

  it("an intent whose transaction was rolled back was never open", async () => {
    const before = await opened();
    await expect(
      t.db.withTenant(acme.claim, async (tx) => {
        await t.append(tx, entry({}));
        throw new Error("crash");
      }),
    ).rejects.toThrow("crash");
    expect(await opened()).toEqual(before);
  });

  it("T1: an outcome cannot close another tenant's intent", async () => {
    const intent = await append({});
    await expect(append({ outcome: "success", intent }, globex)).rejects.toMatchObject({
      constraint: "one_outcome_per_intent",
    });
    expect(await opened()).toContain(intent);
    await append({ outcome: "not_performed", intent });
  });

  it("a break-in through the app can neither close nor forge an open intent", async () => {
    const app = await t.appClient();
    for (const attack of [
      "delete from audit.open_intent",
      "insert into audit.open_intent (tenant_id, entry_id, kind, opened_at) values (gen_random_uuid(), gen_random_uuid(), 'gate.merge', now())",
      "update audit.open_intent set opened_at = now()",
      "truncate audit.open_intent",
    ])
      await expect(app.query(attack)).rejects.toMatchObject({ code: "42501" });
  });
});

describe("A1 the reconciler", () => {
  it("case 37: an act whose outcome was lost is recovered, once, however often it runs", async () => {
    const intent = await append({});
    await age(10);
    await run(says(PERFORMED));
    await run(says(PERFORMED));
    expect(await about(intent)).toEqual([{ kind: "gate.merge", outcome: "recovered", intent }]);
    await checkWorld(t);
  });

  it("case 38: an act that never happened is closed as not performed", async () => {
    const intent = await append({});
    await age(10);
    await run(says({ kind: "not_performed", body: { why: "GitHub says no" } }));
    expect(await about(intent)).toEqual([{ kind: "gate.merge", outcome: "not_performed", intent }]);
  });

  it("an intent of a minute ago is left to its own job", async () => {
    const intent = await append({});
    await run(says(PERFORMED));
    expect(await about(intent)).toEqual([]);
    await append({ outcome: "success", intent });
  });

  it("the act's own job writes the outcome while the world is asked: its word stands, ours is taken back with the asker's state", async () => {
    const intent = await append({});
    await age(10);
    await run(async (_claim, asked, conclude) => {
      await append({ outcome: "success", intent: asked.id });
      await conclude({ standing: PERFORMED, target: { type: "pull_request", id: "1#2" }, settle: async () => true });
    });
    expect((await about(intent)).map((e) => e.outcome)).toEqual(["success"]);
  });

  it("the asker's own state was moved by somebody else: nothing is written", async () => {
    const intent = await append({});
    await age(10);
    await run(says(PERFORMED, async () => false));
    expect(await about(intent)).toEqual([]);
    await append({ outcome: "success", intent });
  });

  it("two reconcilers at once: one outcome", async () => {
    const intent = await append({});
    await age(10);
    await Promise.all([run(says(PERFORMED)), run(says(PERFORMED)), run(says(PERFORMED))]);
    expect(await about(intent)).toHaveLength(1);
  });

  it("killed after the world answered and before the outcome: asked again, one outcome", async () => {
    const intent = await append({});
    await age(10);
    const killed = run(says(PERFORMED, () => Promise.reject(new Error("killed"))));
    await expect(killed).rejects.toThrow("killed");
    expect(await about(intent)).toEqual([]);
    await age(10);
    await run(says(PERFORMED));
    expect((await about(intent)).map((e) => e.outcome)).toEqual(["recovered"]);
  });

  it("the world stays silent: the intent stays open, one alarm tells of it, and others are asked about all the same", async () => {
    const silent = await append({ kind: "gate.revert" });
    await age(20);
    const fine = await append({});
    await age(6);
    const worlds = {
      "gate.revert": () => Promise.reject(new Fault("github_unavailable", "GitHub did not answer.")),
      "gate.merge": says(PERFORMED),
    };
    const parts = { database: t.db, append: t.append, observer: { type: "app", id: "1" }, worlds } as const;
    await reconcileIntents(parts, acme.claim);
    await age(120);
    await reconcileIntents(parts, acme.claim);
    expect(await about(fine)).toHaveLength(1);
    expect(await about(silent)).toEqual([]);
    expect(await opened()).toContain(silent);
    const alarms = await t.db.withTenant(acme.claim, (tx) =>
      t.audit.recent(tx, { limit: 50, kinds: ["audit.intent_open"] }),
    );
    expect(alarms.map((alarm) => alarm.body)).toMatchObject([{ payload: { intent: silent, kind: "gate.revert" } }]);
    await append({ kind: "gate.revert", outcome: "unknown", intent: silent });
  });

  it("a kind that this program does not know how to ask about stays open", async () => {
    const intent = await append({ kind: "github.reply" });
    await age(10);
    await run(says(PERFORMED));
    expect(await about(intent)).toEqual([]);
    await append({ kind: "github.reply", outcome: "unknown", intent });
  });

  it("T1: one tenant's reconciler sees no other tenant's intents", async () => {
    const intent = await append({}, globex);
    await age(10);
    await run(says(SILENT));
    await run(says(PERFORMED));
    expect(await about(intent)).toEqual([]);
    await run(says(PERFORMED), globex);
    expect(await about(intent)).toHaveLength(1);
    await checkWorld(t);
  });
});
