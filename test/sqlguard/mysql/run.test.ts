import { afterAll, describe, expect, it } from "vitest";
import { createMysqlParser, runSelect } from "#sqlguard/io";
import { DIAGNOSIS, FUNCTIONS, PLAIN } from "./cases/honest.ts";
import { probe } from "./probe.ts";
import { clientServer } from "./server.ts";
import { shopWorld } from "./world.ts";

const t = await clientServer();
const world = await shopWorld(t);
const parser = createMysqlParser(t.dialect);
afterAll(() => parser.close());

describe("G5, G6: honest statements run on a real MariaDB, past all three walls, and leave nothing", () => {
  it.each([...PLAIN, ...FUNCTIONS, ...DIAGNOSIS])("%s", async (_sentence, sql) => {
    const before = await probe(t, world);
    const result = await runSelect({ url: world.url }, sql, { mysqlParserFor: () => parser });
    expect(result.kind === "denied" ? result.refusals : result.kind === "failed" ? result.error : result.kind).toBe(
      "rows",
    );
    expect(await probe(t, world)).toEqual(before);
  });
});
