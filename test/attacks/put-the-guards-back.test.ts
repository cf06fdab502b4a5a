// The strongest attacker inside: a superuser who switches everything off, edits, computes everything anew, and puts everything back.
// Nothing in the database tells of it. What left the database before does.

import { beforeAll, describe, expect, it } from "vitest";
import { equal, leafHash, rootOf, sha256, type Hash } from "#verifier";
import { z } from "zod";
import { scene, type Scene } from "../support/attack.ts";
import { testDatabase } from "../support/database.ts";
import { sequenced } from "../support/sequenced.ts";

const t = await testDatabase();
let s: Scene;
beforeAll(async () => {
  s = await scene(t);
  await sequenced(t, s.acme.id, 1, true);
});

const bytes = z.instanceof(Uint8Array);
const leaves = async (): Promise<readonly Hash[]> =>
  z
    .array(z.object({ h: bytes }))
    .parse(await t.adminSql("select leaf_hash as h from audit.leaf where tenant_id = $1 order by idx", [s.acme.id]))
    .map(({ h }) => h);
const fingerprint = async (): Promise<unknown> =>
  (await s.superuser.query<Record<string, unknown>>("select audit.catalog_fingerprint() as f")).rows[0]?.["f"];

/** Through the event trigger, which ALTER EVENT TRIGGER takes out of the way unheard: no row is left anywhere. */
async function withoutGuards(act: () => Promise<void>): Promise<unknown> {
  const run = (text: string): Promise<unknown> => s.superuser.query(text);
  await run("alter event trigger countersign_guards disable");
  await run("alter event trigger countersign_guards_kept disable");
  for (const table of ["entry", "leaf"]) await run(`alter table audit.${table} disable trigger append_only`);
  const during = await fingerprint();
  await act();
  for (const table of ["entry", "leaf"]) await run(`alter table audit.${table} enable always trigger append_only`);
  await run("alter event trigger countersign_guards enable always");
  await run("alter event trigger countersign_guards_kept enable always");
  return during;
}

describe("case 48 (A2, A3): everything switched off, edited, and restored", () => {
  it("leaves no trace in the database, shows in an epoch that falls inside, and is found by what was witnessed", async () => {
    const before = await fingerprint();
    const uses = await t.adminSql("select count(*) as n from audit.break_glass");
    // What an auditor, a witness or a WORM copy holds.
    const witnessed = rootOf(sha256, await leaves());

    const during = await withoutGuards(async () => {
      await s.superuser.query(
        `update audit.entry set leaf = convert_to(replace(convert_from(leaf, 'UTF8'), '"outcome":"success"', '"outcome":"refused"'), 'UTF8')
         where tenant_id = $1 and entry_id = (select entry_id from audit.leaf where tenant_id = $1 and idx = 1)`,
        [s.acme.id],
      );
      await s.superuser.query(
        "update audit.leaf l set leaf_hash = e.leaf_hash from audit.entry e where e.tenant_id = l.tenant_id and e.entry_id = l.entry_id and l.tenant_id = $1",
        [s.acme.id],
      );
      const root = rootOf(sha256, await leaves());
      await s.superuser.query("update audit.head set root = $2 where tenant_id = $1", [s.acme.id, root]);
    });

    expect(await fingerprint()).toBe(before);
    expect(await t.adminSql("select audit.guard_drift() as line")).toEqual([]);
    expect(await t.adminSql("select count(*) as n from audit.break_glass")).toEqual(uses);
    const rows = z
      .array(z.object({ leaf: bytes, h: bytes }))
      .parse(
        await t.adminSql(
          "select e.leaf, l.leaf_hash as h from audit.entry e join audit.leaf l using (tenant_id, entry_id) where l.tenant_id = $1",
          [s.acme.id],
        ),
      );
    expect(rows.every(({ leaf, h }) => equal(leafHash(sha256, leaf), h))).toBe(true);

    expect(during).not.toBe(before);
    expect(equal(rootOf(sha256, await leaves()), witnessed)).toBe(false);
  });
});
