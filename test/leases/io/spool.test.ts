// What a crashed machine, a restored disk or a stranger's hand may leave in the spool: nothing of it keeps the rest from being revoked.

import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openLeaseSpool } from "#leases/io";
import { testDatabase } from "../../support/database.ts";
import { leaseLab } from "../../support/leases.ts";
import { newLease } from "../support/live.ts";

const t = await testDatabase();
const [acme, globex] = [await t.tenant("acme", 1), await t.tenant("globex", 2)];

async function twoLeases() {
  const lab = await leaseLab(t);
  const broker = await lab.start();
  for (const tenant of [acme, globex]) expect((await broker.ask(lab.request(tenant))).kind).toBe("leased");
  const directory = join(lab.directory, "spool");
  const files = readdirSync(directory).filter((name) => name.endsWith(".lease"));
  const [broken = "", whole = ""] = files.map((name) => join(directory, name));
  expect(files).toHaveLength(2);
  return { lab, directory, broken, whole };
}
const otherTenant = (text: string): string =>
  text.includes(acme.id) ? text.replace(acme.id, globex.id) : text.replace(globex.id, acme.id);

describe("X14 fail closed: a spool that is not as it was left", () => {
  it.each<[string, (file: string) => void]>([
    ["cut off in the middle", (file) => truncateSync(file, 100)],
    ["empty", (file) => truncateSync(file, 0)],
    ["other bytes", (file) => writeFileSync(file, Buffer.alloc(500, 0xff))],
    ["said to be another tenant's", (file) => writeFileSync(file, otherTenant(readFileSync(file, "utf8")))],
    ["said to be another lease", (file) => renameSync(file, join(file, "..", `${newLease()}.lease`))],
    ["of a name that is no lease's", (file) => renameSync(file, join(file, "..", "x.lease"))],
    ["a folder", (file) => (renameSync(file, `${file}.old`), mkdirSync(file))],
    ["a link to itself", (file) => (renameSync(file, `${file}.old`), symlinkSync(file, file))],
  ])("a file is %s: the others are revoked, no row stays open, and somebody is told", async (_, spoil) => {
    const { lab, broken } = await twoLeases();
    const living = lab.fake.living.size;
    spoil(broken);
    const next = await lab.start();
    await expect.poll(() => lab.fake.living.size).toBe(living - 1);
    await expect.poll(() => t.adminSql("select from leases.lease where ended_at is null")).toEqual([]);
    expect(lab.faults.map(String).join()).toContain("do not open");
    expect([...next.open(acme.id), ...next.open(globex.id)]).toEqual([]);
  });

  it.each<[string, (key: string) => void]>([
    ["cut off", (key) => truncateSync(key, 20)],
    ["another spool's, sealed by another key store", (key) => writeFileSync(key, JSON.stringify({ v: 1, broker: newLease(), key: Buffer.alloc(60).toString("base64") }))],
  ])("its key is %s: no broker starts on it, and it says what to do", async (_, spoil) => {
    const { directory } = await twoLeases();
    spoil(join(directory, "spool.key"));
    await expect(openLeaseSpool(directory, t.kms)).rejects.toMatchObject({
      code: "keys_unavailable",
      message: expect.stringContaining("move"),
    });
  }); // prettier-ignore
});
