import { expect, it } from "vitest";
import { instantOfMillis } from "#kernel";
import { createDatabaseTime } from "../../../src/audit/io/database-time.ts";
import { newEntryId } from "../../../src/audit/io/entry-id.ts";
import { testDatabase } from "../../support/database.ts";

const AT = instantOfMillis(Date.UTC(2026, 10, 21));

it("an entry's id is a UUIDv7 of its millisecond, and those of a batch are in its order", () => {
  const ids = Array.from({ length: 4_096 }, (_, nth) => newEntryId(AT, nth));
  expect(ids.toSorted()).toEqual(ids);
  for (const id of [...ids, newEntryId(AT)]) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(AT);
  }
});

it("the database is asked for the time once, and the time goes on from there", async () => {
  const { db } = await testDatabase();
  let asked = 0;
  const time = createDatabaseTime({
    platformStatement: async (...given) => {
      asked += 1;
      return db.platformStatement(...given);
    },
  });
  const times = [await time(), await time(), await time()];
  expect(asked).toBe(1);
  expect(times.toSorted((a, b) => a - b)).toEqual(times);
});
