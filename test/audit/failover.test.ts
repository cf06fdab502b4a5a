// Failover to a real streaming replica: what it must have had before an entry was acknowledged, and what happens when it had not.

import { spawnSync } from "node:child_process";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { compareWithSigner, openSequencer } from "#audit/io";
import { createRoleDatabase, type RoleDatabase } from "#platform/postgres";
import { attack, sampleEntry } from "../support/attack.ts";
import { openDirectory } from "../support/directory.ts";
import { checkLogs } from "../support/log-check.ts";
import { logOnServer, serverIn, type Server } from "../support/own-cluster.ts";
import { drain, sequencing } from "../support/sequencing.ts";

const log = await logOnServer();
const { server: primary, audit, claim } = log;
const { broker, parts } = sequencing(log);
const CATCH_UP_MS = 30_000;

const opened: RoleDatabase<"sequencer">[] = [];
afterAll(() => Promise.all(opened.map((each) => each.close())));
function role(server: Server): RoleDatabase<"sequencer"> {
  const database = createRoleDatabase({ url: server.access.sequencerUrl, role: "sequencer" });
  opened.push(database);
  return database;
}

let primaryUrl: URL;
beforeAll(() => {
  primaryUrl = new URL(primary.access.adminUrl);
});

/** A copy of the stopped primary that follows it from then on, as `name`. */
async function replicaOf(name: string): Promise<Server> {
  const replica = serverIn(openDirectory("replica"));
  await primary.stop();
  copyFileSync(join(primary.dir, "cluster.json"), join(replica.dir, "cluster.json"));
  rmSync(replica.data, { recursive: true, force: true });
  const copied = spawnSync("cp", ["-a", primary.data, dirname(replica.data)], { encoding: "utf8" });
  if (copied.status !== 0) throw new Error(copied.stderr);
  writeFileSync(join(replica.data, "standby.signal"), "");
  await primary.start();
  await replica.start(following(name));
  await vi.waitUntil(async () => (await streaming(name)) !== null, CATCH_UP_MS);
  return replica;
}
const following = (name: string): Readonly<Record<string, string>> => ({
  primary_conninfo: `host=${primaryUrl.hostname} port=${primaryUrl.port} user=${primaryUrl.username} password=${primaryUrl.password} application_name=${name}`,
});
async function streaming(name: string): Promise<unknown> {
  const [row] = await primary.sql("select sync_state from pg_stat_replication where application_name = $1", [name]);
  return row?.["sync_state"] ?? null;
}
async function demand(names: string): Promise<void> {
  await primary.sql(`alter system set synchronous_standby_names = '${names}'`);
  await primary.sql("select pg_reload_conf()");
}
const append = (text: string) => log.database.withTenant(claim, (tx) => audit.append(tx, sampleEntry(text)));

/** What an application finds that is pointed at the replica from now on. */
async function promoted(replica: Server) {
  await replica.sql("select pg_promote(true, 60)");
  const rows = await replica.sql("select entry_id from audit.entry where tenant_id = $1", [claim.tenantId]);
  return new Set(rows.map((row) => row["entry_id"]));
}

describe("case 35 (A1): failover to a replica", { timeout: 180_000 }, () => {
  it("one is demanded (synchronous_standby_names): durable means that it has the entry, and the log goes on there", async () => {
    const replica = await replicaOf("two");
    await demand("two");
    await vi.waitUntil(async () => (await streaming("two")) === "sync", CATCH_UP_MS);
    const acknowledged = [];
    for (let n = 0; n < 10; n++) acknowledged.push(await append(`entry ${n}`));
    await drain(await openSequencer({ ...parts, database: log.role("sequencer") }));

    const app = await log.appClient();
    const insert =
      'insert into audit.entry (tenant_id, entry_id, leaf) select app.tid(), id, convert_to(format(\'{"id":"%s","log":"%s","ts":"%s"}\', id, app.tid(), to_char(clock_timestamp() at time zone \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS"Z"\')), \'UTF8\') from platform.uuidv7() id';
    for (const level of ["off", "local", "remote_write"])
      expect(await attack(app, claim.text, `set local synchronous_commit = ${level}`, insert), level).toMatchObject({
        refused: "42501",
        message: expect.stringContaining(`synchronous_commit = ${level}`),
      });

    await replica.stop();
    const lonely = append("while no replica is there").then(
      () => "acknowledged",
      () => "not acknowledged",
    );
    await vi.waitUntil(
      async () => (await primary.sql("select from pg_stat_activity where wait_event = 'SyncRep'")).length > 0,
      CATCH_UP_MS,
    );
    await primary.kill();
    expect(await lonely).toBe("not acknowledged");

    await replica.start(following("two"));
    const there = await promoted(replica);
    expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
    const sequencer = role(replica);
    await drain(await openSequencer({ ...parts, database: sequencer }));
    expect((await checkLogs({ adminSql: replica.sql })).get(claim.tenantId)).toBe(there.size);
  });

  it("none is demanded, and it had fallen behind: its log has what it has; what was signed before is missed, and it signs nothing", async () => {
    await primary.start();
    await demand("");
    const replica = await replicaOf("late");
    await append("in both");
    const first = await openSequencer({ ...parts, database: log.role("sequencer") });
    await drain(first);
    await first.epoch();
    await vi.waitUntil(async () => caughtUp("late"), CATCH_UP_MS);
    await replica.stop();
    const lost = await append("acknowledged, and not in the replica");
    await drain(first);
    await first.epoch();
    await primary.kill();

    await replica.start(following("late"));
    const there = await promoted(replica);
    expect(there.has(lost)).toBe(false);
    const database = role(replica);
    const onReplica = await openSequencer({ ...parts, database });
    await drain(onReplica);
    expect((await checkLogs({ adminSql: replica.sql })).get(claim.tenantId)).toBe(there.size);
    await expect(compareWithSigner(database, broker)).rejects.toMatchObject({ code: "log_diverged" });
    await expect(onReplica.epoch()).rejects.toMatchObject({ code: "log_diverged" });
  });
});

async function caughtUp(name: string): Promise<boolean> {
  const [row] = await primary.sql(
    "select replay_lsn >= pg_current_wal_lsn() as all from pg_stat_replication where application_name = $1",
    [name],
  );
  return row?.["all"] === true;
}
