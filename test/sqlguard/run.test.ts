import { afterAll, describe, expect, it } from "vitest";
import type { RunResult } from "#sqlguard";
import { createParser, runSelect, type SelectOptions } from "#sqlguard/io";
import { clientServer } from "./client-server.ts";
import { DIAGNOSIS, FUNCTIONS, PLAIN } from "./cases/honest.ts";
import { probe } from "./probe.ts";
import { shopWorld } from "./world.ts";

const t = await clientServer();
const world = await shopWorld(t);
const parser = createParser(18);
afterAll(() => parser.close());

const run = (sql: string, options: SelectOptions = {}): Promise<RunResult> =>
  runSelect({ url: world.url }, sql, { parserFor: () => parser, ...options });

describe("G5, G6: honest statements run on a real PostgreSQL, past all three walls, and leave nothing (invariant 25)", () => {
  it.each([...PLAIN, ...FUNCTIONS, ...DIAGNOSIS])("%s", async (_sentence, sql) => {
    const before = await probe(t, world.since);
    const result = await run(sql);
    expect(result.kind === "denied" ? result.refusals : result.kind === "failed" ? result.error : result.kind).toBe(
      "rows",
    );
    expect(await probe(t, world.since)).toEqual(before);
  });
});
