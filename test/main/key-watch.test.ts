import { pino } from "pino";
import { expect, it } from "vitest";
import { PLATFORM_LOG } from "#kernel";
import { lookAtKeys } from "../../src/main/key-watch.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const lines: string[] = [];
const log = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
const look = () => lookAtKeys({ database: t.db, append: t.append, log });
const alarms = async () => {
  const platform = await t.db.claimFor(PLATFORM_LOG);
  if (platform === null) throw new Error("the platform has no log");
  return t.db.withTenant(platform, (tx) => t.audit.recent(tx, { limit: 10, kinds: ["platform.alarm"] }));
};

it("K5 a key of 91 days is an error of the server's log, and an alarm in the platform's own; one of 90 is neither", async () => {
  const acme = await t.tenant("acme", 1);
  const aged = (days: number) =>
    t.adminSql("update keys.dek set created_at = now() - make_interval(days => $2) where tenant_id = $1", [acme.id, days]); // prettier-ignore
  await aged(90);
  await look();
  expect([lines, await alarms()]).toEqual([[], []]);
  await aged(91);
  await look();
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: 50,
    overdue: [expect.stringContaining("countersign tenant rotate acme")],
  });
  expect(await alarms()).toMatchObject([{ body: { payload: { alarm: "key_overdue" } } }]);
});
