// kill -9 at every boundary of a lease's life: the broker is gone between one call and the next, and another one starts on what it left.

import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { LeaseProvider } from "#leases";
import type { LeaseRecord, LeaseSpool } from "#leases/io";
import { testDatabase } from "../../support/database.ts";
import { leaseLab } from "../../support/leases.ts";
import { checkWorld } from "../../support/world.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 1);
const forever = new Promise<never>(() => {});

/** Lets `lives` calls begin or end; then nothing answers any more, as in a process that is gone. */
function mortal(lives: number) {
  const passed: string[] = [];
  let die: () => void = () => {};
  const died = new Promise<"died">((resolve) => (die = () => resolve("died")));
  const boundary = async (name: string): Promise<void> => {
    if (passed.length >= lives) {
      die();
      await forever;
    }
    passed.push(name);
  };
  const wrap =
    <Args extends readonly unknown[], T>(name: string, call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      await boundary(`before ${name}`);
      const answer = await call(...args);
      await boundary(`after ${name}`);
      return answer;
    };
  return { passed, died, wrap };
}

async function run(lives: number) {
  const lab = await leaseLab(t);
  const { passed, died, wrap } = mortal(lives);
  const record: LeaseRecord = {
    ...lab.record,
    begin: wrap("begin", lab.record.begin),
    tell: wrap("tell", lab.record.tell),
  };
  const real = await lab.spool();
  const spool: LeaseSpool = { ...real, put: wrap("put", real.put), remove: wrap("remove", real.remove) };
  const provider: LeaseProvider = {
    mint: wrap("mint", lab.fake.provider.mint),
    revoke: wrap("revoke", lab.fake.provider.revoke),
  };
  const broker = await lab.start({ record, spool, providers: { github: null, database: provider, vault: null } });
  let handle: string | null = null;
  const life = async (): Promise<"done"> => {
    const asked = await broker.ask(lab.request(acme));
    if (asked.kind !== "leased") throw new Error(asked.why);
    handle = asked.handle;
    await broker.finish({ tenant: acme.id, run: "run-1", handle });
    return "done";
  };
  const end = await Promise.race([life(), died]);
  return { lab, passed, end, handle: () => handle };
}

const rowShape = z.object({ state: z.string(), note: z.string().nullable() });
const whole = (await run(Infinity)).passed;

describe("X14 nothing is usable after a kill -9", () => {
  it("there are boundaries to die at", () => {
    expect(whole).toEqual([
      "before begin",
      "after begin",
      "before mint",
      "after mint",
      "before put",
      "after put",
      // active
      "before tell",
      "after tell",
      // revoking
      "before tell",
      "after tell",
      "before revoke",
      "after revoke",
      // revoked
      "before tell",
      "after tell",
      "before remove",
      "after remove",
    ]);
  });

  it.each(whole.map((name, at) => [at, name] as const))("at boundary %i, %s", async (at) => {
    const { lab, end, handle } = await run(at);
    expect(end).toBe("died");
    const next = await lab.start();
    await expect.poll(() => t.adminSql("select 1 from leases.lease where ended_at is null")).toEqual([]);
    await next.sweep();
    const given = handle();
    if (given !== null) expect(next.use(given)).toEqual({ kind: "dead" });
    const kept = at > whole.indexOf("after put") - 1;
    const [last] = await t.adminSql("select state, note from leases.lease order by lease_id desc limit 1");
    if (kept) expect(lab.fake.living.size).toBe(0);
    else if (lab.fake.living.size > 0)
      // What was made and not kept: nobody holds it, and the row says so.
      expect(rowShape.parse(last)).toMatchObject({
        state: "expired",
        note: expect.stringContaining("nobody holds it"),
      });
    // Revoked once more, though its row has ended: the file goes after the answer, for which nobody waits.
    await expect.poll(async () => (await (await lab.spool()).read()).spooled).toEqual([]);
    expect(lab.faults).toEqual([]);
  });

  it("and the log of it all verifies, with no intent left open", async () => {
    await checkWorld(t);
    expect(await t.adminSql("select kind from audit.open_intent")).toEqual([]);
  });

  it("a database that is away does not keep the next broker from revoking", async () => {
    const { lab } = await run(whole.indexOf("before revoke"));
    expect(lab.fake.living.size).toBe(1);
    await lab.start({ record: { ...lab.record, unfinished: () => Promise.reject(new Error("away")) } });
    await expect.poll(() => lab.fake.living.size).toBe(0);
    // Its row is concluded by a later look.
    const later = await lab.start();
    await expect.poll(() => t.adminSql("select 1 from leases.lease where ended_at is null")).toEqual([]);
    await later.close();
  });
});
