// The database goes away at each step of a merge and of a publication: the connections of the gate are cut by the administrator
// (those of the queue stay: what becomes of its jobs then is tested with it). At most one merge, exactly one outcome for each intent, and the check right in the end.

import { describe, expect, it } from "vitest";
import { acts, findRepository } from "#demo/world";
import type { Step } from "#gate/io";
import { stage, type Stage } from "../gate/io/support/stage.ts";

const MERGE = "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge";

const cut = (s: Stage): Promise<unknown> =>
  s.t.adminSql(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = 'countersign' and query not ilike '%graphile%'",
  );

async function cutAt(s: Stage, step: Step): Promise<void> {
  let left = 1;
  Object.assign(s.deps, {
    crash: async (at: Step) => {
      if (at !== step || left === 0) return;
      left -= 1;
      await cut(s);
    },
  });
}

/** Every intent has exactly one outcome. */
const ledgerOf = async (s: Stage): Promise<readonly Record<string, unknown>[]> =>
  s.t.adminSql(
    `with e as (select convert_from(leaf, 'UTF8')::json as j from audit.entry)
     select i.j ->> 'id' as intent, (select count(*) from e o where o.j ->> 'intent' = i.j ->> 'id')::int as outcomes
     from e i where i.j ->> 'outcome' = 'intent'`,
  );

describe("G2, G08, A1: the database is cut off", () => {
  it.each(["merge:intended", "merge:decided", "merge:calling", "merge:called", "merge:read_back"] as const)(
    "at %s: at most one merge, one outcome",
    async (step) => {
      const s = await stage({ heard: true });
      s.clock.advance(60_000);
      acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
      await s.settle();
      await s.merge();
      await cutAt(s, step);
      await s.jobs().catch(() => {});
      await s.settle(5);
      await s.sweep(5);
      const merged = findRepository(s.world, s.repo)?.pulls.get(s.number)?.merged ?? false;
      expect(s.world.journal.of(MERGE).filter((e) => e.status === 200)).toHaveLength(merged ? 1 : 0);
      expect(await s.entries("gate.merge")).toHaveLength(2);
      expect((await ledgerOf(s)).map((row) => row["outcomes"])).not.toContain(0);
      expect((await ledgerOf(s)).filter((row) => row["outcomes"] !== 1)).toEqual([]);
      expect(await s.incidents()).toEqual([]);
    },
  );

  it.each(["publish:intended", "publish:written"] as const)("at %s: the check says the verdict", async (step) => {
    const s = await stage({ heard: true });
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await cutAt(s, step);
    await s.settle().catch(() => {});
    await s.settle(5);
    await s.sweep(5);
    expect(s.check(s.h2)?.conclusion).toBe("success");
    expect((await ledgerOf(s)).filter((row) => row["outcomes"] !== 1)).toEqual([]);
  });
});
