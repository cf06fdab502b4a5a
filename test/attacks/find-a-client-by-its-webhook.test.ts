// Whoever knows the address of the inbox tries numbers of installations, to learn who is a client of ours and who was suspended.

import { beforeAll, describe, expect, it } from "vitest";
import { createInbox, type Arrival } from "#github";
import { appId } from "#kernel";
import { enqueue } from "#platform/jobs";
import { suspend } from "#tenants/io";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { worldOf } from "../support/tenant-world.ts";
import { delivery, SECRET, signature } from "../github/support/sign.ts";

const t = await testDatabase();
const arrivals: Arrival[] = [];
const app = appId(4242) ?? expect.unreachable();
const inbox = createInbox({
  db: t.db, enqueue, append: t.append, spool: t.spool, appId: app, secrets: [SECRET], host: "github.com",
  onArrival: (arrival) => arrivals.push(arrival),
}); // prettier-ignore
const ACTIVE = 101;
const SUSPENDED = 102;
const UNKNOWN = 103;
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", ACTIVE);
  await t.tenant("globex", SUSPENDED);
  const by = { operator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
  await suspend({ ...t.operator, spool: t.spool }, { prefix: "globex", reason: "unpaid", by });
});

let sent = 0;
async function answered(installation: number, over: Readonly<Record<string, string | null>> = {}): Promise<unknown> {
  sent += 1;
  const body = JSON.stringify({ action: "opened", installation: { id: installation }, padding: "x" });
  const response = await inbox.fetch(delivery({ guid: `w-${sent}`, event: "pull_request", body, ...over }));
  const headers = [...response.headers].filter(([name]) => name !== "x-request-id");
  return { status: response.status, headers, text: (await response.text()).replace(/urn:uuid:[0-9a-f-]+/, "") };
}

describe("T2 without the secret nothing is learned", () => {
  it.each([
    ["no signature", { signature: null }],
    ["a signature of something else", { signature: signature("{}") }],
  ])("%s: the same answer for a client, a suspended one and nobody", async (_, over) => {
    const [active, suspended, unknown] = await Promise.all(
      [ACTIVE, SUSPENDED, UNKNOWN].map((each) => answered(each, over)),
    );
    expect(active).toMatchObject({ status: 401 });
    expect(suspended).toEqual(active);
    expect(unknown).toEqual(active);
  });
});

describe("T2 and with it, as GitHub has it", () => {
  it("a client, a suspended one and nobody are answered alike: 202, and nothing in it", async () => {
    const [active, suspended, unknown] = await Promise.all([ACTIVE, SUSPENDED, UNKNOWN].map((each) => answered(each)));
    expect(active).toMatchObject({ status: 202 });
    expect(suspended).toEqual(active);
    expect(unknown).toEqual(active);
  });

  it("what is dropped is counted, with the delivery's id and event and nothing of its content, and leaves nothing in any tenant's world", async () => {
    arrivals.length = 0;
    const before = await worldOf(t, acme);
    for (const each of [SUSPENDED, UNKNOWN, 2 ** 52]) await answered(each);
    expect(arrivals).toEqual(
      [2, 1, 0].map((back) => ({ kind: "no_tenant", guid: `w-${sent - back}`, event: "pull_request" })),
    );
    expect(await worldOf(t, acme)).toEqual(before);
    expect(
      await t.adminSql(
        "select from inbox.delivery d join platform.tenant p on p.id = d.tenant_id where p.prefix = 'globex'",
      ),
    ).toEqual([]);
  });
});
