// What the timers ask of the database, held to what keeps their queries fast and their clock one.

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const withoutComments = (text: string): string => text.replaceAll(/--[^\n]*|\/\/[^\n]*/g, "");

describe("T23 no query of tickets", () => {
  it("asks clock_timestamp(): an index cannot answer it, and two of them in a transaction are two times", () => {
    const found = ["src/tickets/**/*.ts", "migrations/*ticket*.sql"]
      .flatMap((pattern) => globSync(pattern, { cwd: root }))
      .filter((path) =>
        /clock_timestamp|statement_timestamp|Date\.now/.test(withoutComments(readFileSync(join(root, path), "utf8"))),
      );
    expect(found).toEqual([]);
  });
});
