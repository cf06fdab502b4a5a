import { afterAll, describe, expect, it } from "vitest";
import { check, createParser } from "#sqlguard/io";
import { DIAGNOSIS, FUNCTIONS, PLAIN } from "./cases/honest.ts";

const parser = createParser(18);
afterAll(() => parser.close());

describe("the first wall lets through what only reads", () => {
  it.each([...PLAIN, ...FUNCTIONS, ...DIAGNOSIS])("%s", async (_sentence, sql) => {
    expect(await check(parser, sql)).toEqual({
      verdict: "allow",
      kind: expect.stringMatching(/^(?:select|show|explain)$/),
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });
});
