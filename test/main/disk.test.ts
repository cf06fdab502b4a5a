import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createDiskWatch, diskPercent } from "../../src/main/disk.ts";

test("case 36: the disk is looked at, and each crossing of 80 % is said once", async () => {
  const seen: (readonly [boolean, number])[] = [];
  const percents = [10, 80, 81, 99, 81, 80, 79, 85];
  const look = createDiskWatch(
    async () => percents.shift() ?? 0,
    (full, percent) => seen.push([full, percent]),
  );
  while (percents.length > 0) await look();
  expect(seen).toEqual([
    [true, 81],
    [false, 80],
    [true, 85],
  ]);
});

test("percents are those of a disk; a directory that is not there yet will be on its parent's", async () => {
  const percent = await diskPercent(tmpdir());
  expect(percent).toBeGreaterThan(0);
  expect(percent).toBeLessThanOrEqual(100);
  expect(await diskPercent(join(tmpdir(), "not", "there", "yet"))).toBe(percent);
  await expect(diskPercent("a name that no file can have\0")).rejects.toThrow("cannot be looked at");
});
