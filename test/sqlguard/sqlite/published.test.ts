import { describe, expect, it } from "vitest";
import { runSelect } from "#sqlguard/io";
import { PUBLISHED } from "./cases/published.ts";
import { shopFile } from "./world.ts";

const file = shopFile();

describe("G5, G6: further statements of published bypass classes, sent to a real SQLite file", () => {
  it("none gives rows, and no file is another afterwards", async () => {
    const before = file.probe();
    const passed: string[] = [];
    const open = [...PUBLISHED];
    const one = async (): Promise<void> => {
      for (let sql = open.pop(); sql !== undefined; sql = open.pop()) {
        const { kind } = await runSelect({ url: file.url }, sql);
        if (kind !== "denied" && kind !== "failed") passed.push(`${kind}: ${sql}`);
      }
    };
    await Promise.all([one(), one(), one()]);
    expect(passed).toEqual([]);
    expect(file.probe()).toEqual(before);
    expect(new Set(PUBLISHED).size).toBe(PUBLISHED.length);
    expect(PUBLISHED.length).toBeGreaterThan(240);
  }, 300_000);
});
