// The switch on real PostgreSQL: in force within a second, in every process, and killed where it cannot be read.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { whenKilled, type Killed, type KillSwitch, type Scope, type Where } from "#controls";
import { kill, listKills, openKillSwitch, type KillSwitchParts } from "#controls/io";
import { withOperator } from "#platform/postgres";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { relay } from "../../support/relay.ts";
import { checkWorld } from "../../support/world.ts";
import { aRepository, anAgent } from "../support/ids.ts";

const t = await testDatabase();
const wire = await relay(t.urls.app);
const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
const access = { ...t.operator, spool: t.spool };
const stop = (scope: Scope) => kill(access, { scope, reason: "it runs wild", by });
const open: KillSwitch[] = [];
async function opened(parts: Partial<KillSwitchParts> = {}): Promise<KillSwitch> {
  const made = await openKillSwitch({ url: t.urls.app, killed: false, ...parts });
  open.push(made);
  return made;
}
const until = (what: () => boolean): Promise<void> =>
  vi.waitFor(
    () => {
      if (!what()) throw new Error("not yet");
    },
    { timeout: 20_000, interval: 5 },
  );

/** One execution under it. */
function under(s: KillSwitch, where: Where): { readonly ended: () => Killed | null; readonly release: () => void } {
  let by: Killed | null = null;
  const release = whenKilled(s, where, (killed) => (by ??= killed));
  return { ended: () => by, release };
}

let acme: TestTenant;
let globex: TestTenant;
let where: Where;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
  where = { tenant: acme.id, agent: anAgent(1), repository: aRepository(7) };
});
afterEach(async () => {
  wire.mend();
  await Promise.all(open.splice(0).map((each) => each.close()));
  await t.adminSql("delete from controls.kill");
});
afterAll(async () => {
  await checkWorld(t);
});

describe("X2, invariant 2: a kill is in force for exactly its scope", () => {
  it.each<[string, (tenant: TestTenant) => Scope]>([
    ["the platform", () => ({ kind: "platform" })],
    ["a tenant", ({ id }) => ({ kind: "tenant", tenant: id })],
    ["an agent", ({ id }) => ({ kind: "agent", tenant: id, agent: anAgent(1) })],
    ["a repository", ({ id }) => ({ kind: "repository", tenant: id, repository: aRepository(7) })],
  ])("%s, and nobody else (invariant 21)", async (_case, scopeOf) => {
    const s = await opened();
    await until(() => s.look(where) === null);
    const scope = scopeOf(acme);
    await stop(scope);
    await until(() => s.look(where) !== null);
    expect(s.look(where)?.scope).toEqual(scope);
    const other = { ...where, tenant: globex.id };
    expect(s.look(other) === null).toBe(scope.kind !== "platform");
    expect(s.platform() === null).toBe(scope.kind !== "platform");
  });

  it("COUNTERSIGN_KILL_SWITCH kills whatever the rows say, and without a database", async () => {
    wire.cut();
    const s = await opened({ killed: true, url: wire.url });
    expect([s.platform()?.reason, s.look(where)?.reason]).toEqual(
      Array<string>(2).fill(
        "All agents are stopped: this server was started with COUNTERSIGN_KILL_SWITCH=1. An operator starts it without that setting.",
      ),
    );
  });
});

describe("invariant 3: a kill is prompt", () => {
  it("what runs in its scope ends within a second of the row; what runs beside it goes on", async () => {
    const s = await opened();
    await until(() => s.platform() === null);
    const mine = under(s, where);
    const other = under(s, { ...where, agent: anAgent(2) });
    await stop({ kind: "agent", tenant: acme.id, agent: anAgent(1) });
    await until(() => mine.ended() !== null);
    const [row] = await t.adminSql(
      "select extract(epoch from clock_timestamp() - killed_at) * 1000 as ms from controls.kill",
    );
    expect(Number(row?.["ms"])).toBeLessThan(1_000);
    expect(mine.ended()?.scope.kind).toBe("agent");
    expect(other.ended()).toBeNull();
    mine.release();
    other.release();
  });

  it("what begins when it is killed already does not begin", async () => {
    await stop({ kind: "tenant", tenant: acme.id });
    const s = await opened();
    expect(under(s, where).ended()).not.toBeNull();
  });

  it("in force under a second in another process, which is not started again", async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "../support/watcher-process.ts"), t.urls.app], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<string> => String((await lines.next()).value);
    expect(await next()).toMatch(/^on \d+$/);
    await stop({ kind: "platform" });
    const [said, kind, heardAt] = (await next()).split(" ");
    const [row] = await t.adminSql("select extract(epoch from killed_at) * 1000 as at from controls.kill");
    expect([said, kind]).toEqual(["killed", "platform"]);
    expect(Number(heardAt) - Number(row?.["at"])).toBeLessThan(1_000);
    child.stdin.end();
    await once(child, "exit");
  });
});

describe("X2, invariant 2: fails closed, a switch that cannot be read is killed", () => {
  it("where the database was never there", async () => {
    wire.cut();
    const s = await opened({ url: wire.url });
    expect(s.platform()?.reason).toContain("cannot be read");
    expect(s.look(where)?.scope).toEqual({ kind: "platform" });
  });

  it.each<[string, () => void]>([
    ["the database goes away", () => wire.cut()],
    ["the database does not answer any more, and no connection breaks", () => wire.hang()],
  ])("%s: everything ends; it goes on by itself afterwards", async (_case, lose) => {
    const told: string[] = [];
    const s = await opened({ url: wire.url, onLost: () => told.push("lost"), onBack: () => told.push("back") });
    await until(() => s.platform() === null);
    const running = under(s, where);
    lose();
    await until(() => running.ended() !== null);
    expect(running.ended()?.reason).toContain("cannot be read");
    expect(s.look(where)?.scope).toEqual({ kind: "platform" });
    wire.mend();
    await until(() => s.look(where) === null);
    expect(told).toEqual(["lost", "back"]);
  });

  it("a row that does not say what it stops", async () => {
    const s = await opened();
    await until(() => s.platform() === null);
    await t.adminSql("alter table controls.kill drop constraint kill_scope_check");
    await t.adminSql(
      "insert into controls.kill (scope, tenant_id, reason, killed_by) values ('planet', $1, 'x', 'x')",
      [acme.id],
    );
    await until(() => s.platform() !== null);
    expect(s.platform()?.reason).toContain("cannot be read");
  });

  it("one that was closed", async () => {
    const s = await opened();
    await until(() => s.platform() === null);
    await s.close();
    expect(s.platform()?.reason).toContain("cannot be read");
  });

  it("invariant 30: the wall clock moved back a day changes nothing", async () => {
    const s = await opened();
    await until(() => s.platform() === null);
    const real = Date.now;
    const moved = vi.spyOn(Date, "now").mockImplementation(() => real() - 86_400_000);
    await stop({ kind: "platform" });
    await until(() => s.platform() !== null);
    expect(s.platform()?.scope).toEqual({ kind: "platform" });
    moved.mockRestore();
  });
});

describe("one who hears of a kill and throws", () => {
  it("keeps it from nobody else", async () => {
    const trouble: unknown[] = [];
    const s = await opened({ onTrouble: (error) => trouble.push(error) });
    await until(() => s.platform() === null);
    let heard = 0;
    s.onKill(() => {
      throw new Error("mine");
    });
    const forget = s.onKill(() => (heard += 1));
    await stop({ kind: "platform" });
    await until(() => heard === 1);
    expect(trouble).toHaveLength(1);
    forget();
    const later: Scope[] = [];
    s.onKill((scope) => later.push(scope));
    await stop({ kind: "tenant", tenant: acme.id });
    await until(() => later.length > 0);
    expect(heard).toBe(1);
  });
});

describe("the operator's view", () => {
  it("has each kill with its reason and its author; the server's switch has neither", async () => {
    await stop({ kind: "tenant", tenant: acme.id });
    expect(await withOperator(t.operator, listKills)).toMatchObject([
      { prefix: "acme", reason: "it runs wild", by: "ada" },
    ]);
    const s = await opened();
    expect(JSON.stringify(s.look(where))).not.toMatch(/wild|ada/);
  });
});
