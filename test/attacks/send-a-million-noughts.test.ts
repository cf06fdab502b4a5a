// Within the four megabytes that a body may have, two million values: each is nothing, and all of them are seconds of the one thread that
// everybody's calls and the kill switch wait for.

import { describe, expect, it } from "vitest";
import { agentStage } from "../mcp/stage.ts";

const stage = await agentStage();
const bodyFor = (path: string, args: string): string =>
  path === "/mcp"
    ? `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"repo.read","arguments":{"a":${args}}}}`
    : `{"tool":"repo.read","arguments":{"a":${args}}}`;
const list = (value: string, many: number): string => `[${Array.from({ length: many }, () => value).join(",")}]`;

describe.each(["/mcp", "/v1/calls"])("%s", (path) => {
  it.each<[string, string]>([
    ["a million noughts", list("0", 1_000_000)],
    ["a million empty objects", list("{}", 1_000_000)],
    ["a million empty texts", list('""', 1_000_000)],
    ["lists in lists in lists", list("[[[[[[[[[[]]]]]]]]]]", 100_000)],
    [
      "an object of three hundred thousand names",
      `{${Array.from({ length: 300_000 }, (_, n) => `"${n}":0`).join(",")}}`,
    ],
  ])("X2 fails closed: %s", async (_what, args) => {
    const own = await agentStage();
    const before = performance.now();
    const answer = await own.post(path, bodyFor(path, args));
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("more than 10000 values");
    expect(own.asked).toEqual([]);
    // It was seconds.
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  it("commas and brackets in a text are none", async () => {
    expect((await stage.post(path, bodyFor(path, `"${'[,{\\"'.repeat(20_000)}"`))).status).toBe(200);
  });
});
