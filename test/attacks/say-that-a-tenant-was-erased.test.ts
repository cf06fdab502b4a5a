// The sequencer's own login, in the wrong hands, marks a log as erased: what is deleted from it afterwards would look as if it had to go.

import { beforeAll, describe, expect, it } from "vitest";
import sql, { raw } from "sql-template-tag";
import { testDatabase } from "../support/database.ts";
import { sequencing } from "../support/sequencing.ts";

const t = await testDatabase();
const log = sequencing(t);
beforeAll(async () => {
  await t.tenant("acme", 1);
  await log.epoch();
});

describe("A2 the sequencer moves where a log ends, and nothing else of its head", () => {
  it.each([
    ["says that it was erased", "update audit.head set shredded = true"],
    ["moves it to another slot", "update audit.head set slot = slot + 1000"],
    ["gives it a salt that is known", "update audit.head set salt = sha256('x')"],
    ["gives it to another tenant", "update audit.head set tenant_id = gen_random_uuid()"],
    [
      "makes one that is erased from the beginning",
      "insert into audit.head (tenant_id, slot, salt, size, root, chain, shredded) values (gen_random_uuid(), 99, sha256('x'), 0, sha256('x'), sha256('x'), true)",
    ],
    ["takes it away", "delete from audit.head"],
  ])("%s: refused", async (_, statement) => {
    const attempt = t.role("sequencer").transaction((tx) => tx.run(sql`${raw(statement)}`));
    await expect(attempt).rejects.toMatchObject({ sqlState: "42501" });
  });

  it("and its own work goes on", async () => {
    const before = await log.epoch();
    expect(await log.epoch()).toBe(before + 1);
  });
});
