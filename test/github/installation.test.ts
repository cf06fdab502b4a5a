// What a client does to the App at GitHub: uninstalls it, suspends it, takes it back. No handler needs a token for it.

import { beforeEach, describe, expect, test } from "vitest";
import sql from "sql-template-tag";
import { z } from "zod";
import { repositoryId } from "#kernel";
import { withOperator } from "#platform/postgres";
import { listTenants, lostInstallations, reinstate } from "#tenants/io";
import { findRepository } from "../../src/gate/io/ledger.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";
import { delivery } from "./support/sign.ts";
import { surfaceOn } from "./support/surface.ts";

const t = await testDatabase();
const { gate, calls, inbox, run } = await surfaceOn(t);
const REPOSITORY = repositoryId(5) ?? expect.unreachable();
const BY = { operator: { type: "operator", id: "ada" }, requestId: "r" } as const;
let made = 0;
let acme: TestTenant;
beforeEach(async () => {
  made += 1;
  gate.clear();
  calls.length = 0;
  acme = await t.tenant(`acme${made}`, 100 + made);
  await t.db.withTenant(acme.claim, (tx) =>
    tx.run(
      sql`insert into gate.repository (tenant_id, repository_id, installation_id, name) values (${acme.id}, ${REPOSITORY}, ${acme.installation}, 'acme/app')`,
    ),
  );
});

let sent = 0;
/** Arrives now; handled when the returned function is called, so that a test can turn the order round. */
async function arrives(action: string, event = "installation"): Promise<() => Promise<void>> {
  sent += 1;
  const guid = `i-${sent}`;
  const body = JSON.stringify({
    action,
    installation: { id: acme.installation },
    sender: { id: 7, login: "adm", type: "User" },
  });
  expect((await inbox.fetch(delivery({ guid, event, body }))).status).toBe(202);
  return () => run("github.delivery", acme.id, guid);
}
const handled = async (action: string, event?: string): Promise<void> => (await arrives(action, event))();
/** Taken back first, where the uninstalling had shut it. */
const own = async () => {
  await reinstate(t.operator, { prefix: acme.prefix, reason: "to look", by: BY });
  return (await t.db.claimFor(acme.id)) ?? expect.unreachable();
};
const lost = async () => t.db.withTenant(await own(), lostInstallations);
const reached = async () => t.db.withTenant(await own(), (tx) => findRepository(tx, REPOSITORY));
const told = async (): Promise<readonly unknown[]> => {
  const found = await t.db.withTenant(await own(), (tx) =>
    t.audit.recent(tx, { limit: 10, kinds: ["tenant.installation"] }),
  );
  return found.map(({ body }) => z.object({ payload: z.object({ state: z.string() }) }).parse(body).payload.state);
};

describe("the client uninstalls the App", () => {
  test("O17 it is noted with its entry, access ends, nothing is erased, and somebody has 30 days to decide; GitHub is asked nothing", async () => {
    expect(await reached()).not.toBeNull();
    await handled("deleted");
    const all = await withOperator(t.operator, listTenants);
    const found = all.find(({ tenantId }) => tenantId === acme.id);
    const days = ((found?.noticeUntil ?? 0) - (found?.suspendedSince ?? 0)) / 86_400_000;
    expect({ days, claim: await t.db.claimFor(acme.id) }).toEqual({ days: 30, claim: null });
    expect(await lost()).toEqual([{ installation: acme.installation, state: "gone" }]);
    expect(await told()).toEqual(["gone"]);
    expect(await reached()).toBeNull();
    expect({ work: gate.work, calls }).toEqual({ work: [], calls: [] });
    expect(found).toMatchObject({
      state: "suspended",
      hardAfter: null,
      installations: [acme.installation],
      lost: [{ installation: acme.installation, state: "gone" }],
    });
  });

  test("L14 told twice, and before `created`: one entry, and gone stays gone whatever is told later", async () => {
    await handled("deleted");
    await handled("deleted");
    await handled("created");
    await handled("unsuspend");
    await handled("synchronize", "push");
    expect(await told()).toEqual(["gone"]);
    expect(await lost()).toMatchObject([{ state: "gone" }]);
  });

  test("L14 one that nobody owns: dropped, no crash", async () => {
    const body = JSON.stringify({ action: "deleted", installation: { id: 9_999 } });
    expect((await inbox.fetch(delivery({ guid: "nobody", event: "installation", body }))).status).toBe(202);
  });
});

describe("the client suspends the App", () => {
  test("L13 nothing is asked of GitHub meanwhile; taken back, its repositories are reached and looked at again", async () => {
    await handled("suspend");
    expect(await lost()).toMatchObject([{ state: "suspended" }]);
    expect(await reached()).toBeNull();
    expect(gate.work).toEqual([]);
    await handled("unsuspend");
    expect(await lost()).toEqual([]);
    expect(await reached()).not.toBeNull();
    expect(gate.work).toEqual([{ kind: "reconcile", repository: null }]);
    expect(await told()).toEqual(["active", "suspended"]);
  });

  test("handled in the wrong order: what arrived last holds", async () => {
    const suspend = await arrives("suspend");
    const unsuspend = await arrives("unsuspend");
    await unsuspend();
    await suspend();
    expect(await lost()).toEqual([]);
    expect(await told()).toEqual([]);
  });

  test("GitHub sends nothing for one that is suspended: any later delivery takes it back", async () => {
    await handled("suspend");
    await handled("completed", "check_suite");
    await handled("member_added", "organization");
    expect(await lost()).toEqual([]);
    expect(await told()).toEqual(["active", "suspended"]);
  });

  test("T2 another tenant cannot note anything about it", async () => {
    const other = await t.tenant(`globex${made}`, 500 + made);
    const noted = await t.db.withTenant(other.claim, (tx) =>
      tx.one(
        sql`select platform.note_installation_state(${acme.installation}::bigint, 'deleted', now()) as changed`,
        z.object({ changed: z.boolean() }),
      ),
    );
    expect(noted).toEqual({ changed: false });
    expect(await lost()).toEqual([]);
    await checkWorld(t);
  });
});
