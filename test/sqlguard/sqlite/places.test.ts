import { describe, expect, it } from "vitest";
import { createPlaces } from "../../../src/sqlguard/io/sqlite/places.ts";

describe("so many processes at once", () => {
  it("the next one waits for a place, in turn, and the one after the last that may wait is told so", async () => {
    const { take } = createPlaces({ places: 2, waiting: 2 });
    const order: string[] = [];
    const gates = new Map<string, () => void>();
    const work = (name: string) =>
      take(async () => {
        order.push(name);
        await new Promise<void>((resolve) => gates.set(name, resolve));
        return name;
      });
    const all = ["a", "b", "c", "d", "e"].map(work);
    await expect(all[4]).resolves.toBeNull();
    expect(order).toEqual(["a", "b"]);
    gates.get("b")?.();
    await all[1];
    expect(order).toEqual(["a", "b", "c"]);
    gates.get("c")?.();
    await all[2];
    expect(order).toEqual(["a", "b", "c", "d"]);
    gates.get("a")?.();
    gates.get("d")?.();
    expect(await Promise.all(all)).toEqual(["a", "b", "c", "d", null]);
  });

  it("work that fails gives its place back", async () => {
    const { take } = createPlaces({ places: 1, waiting: 0 });
    await expect(take(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await take(async () => 1)).toBe(1);
  });
});
