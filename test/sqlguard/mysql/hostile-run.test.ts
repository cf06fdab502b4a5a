// What the suite calls hostile really goes to a server here, through all walls: nothing of it may be run, and nothing be left.

import { afterAll, describe, expect, it } from "vitest";
import { createMysqlParser, runSelect } from "#sqlguard/io";
import { unmark } from "../cases/marked.ts";
import * as cases from "./cases/hostile.ts";
import { NEW_CLASSES } from "./cases/published.ts";
import { probe } from "./probe.ts";
import { clientServer } from "./server.ts";
import { shopWorld } from "./world.ts";

const t = await clientServer();
const world = await shopWorld(t);
const parser = createMysqlParser(t.dialect);
afterAll(() => parser.close());

const { COMMENTS, FUNCTIONS, INSIDE_A_READ, QUOTES, RELATIONS, STATEMENTS, VARIABLES } = cases;
const statements = [...STATEMENTS, ...INSIDE_A_READ, ...VARIABLES, ...COMMENTS, ...QUOTES, ...FUNCTIONS, ...RELATIONS]
  .map(([, marked]) => unmark(marked).sql)
  .concat(NEW_CLASSES)
  // On tables that are there: what the guard let through by mistake would do something.
  .map((sql) => sql.replaceAll(/\bt\b/g, "orders").replaceAll(/\bu\b/g, "customers"));

describe("G5, G6: hostile statements sent to a real MariaDB are refused, and leave nothing", () => {
  it("all of them, with a probe before and after", async () => {
    const before = await probe(t, world);
    const passed: string[] = [];
    for (const sql of statements) {
      const { kind } = await runSelect({ url: world.url }, sql, { mysqlParserFor: () => parser });
      if (kind !== "denied") passed.push(`${kind}: ${sql}`);
    }
    expect(passed).toEqual([]);
    expect(await probe(t, world)).toEqual(before);
  }, 300_000);
});
