// Bodies that are made to cost: too long, too deep, with names that mean something to JavaScript. None reaches the gateway.
import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { agentStage, KEY } from "../mcp/stage.ts";

const stage = await agentStage();
const PATHS = ["/mcp", "/v1/calls"];
const call = (args: string): string => `{"tool":"repo.read","arguments":${args}}`;
const rpc = (args: string): string =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"repo.read","arguments":${args}}}`;
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
const bodyFor = (path: string, args: string): string => (path === "/mcp" ? rpc(args) : call(args));

describe.each(PATHS)("%s", (path) => {
  it.each<[string, string, number]>([
    ["five megabytes", `"${"x".repeat(5 * 1024 * 1024)}"`, 413],
    ["33 objects within each other", deep(33), 400],
    ["a million brackets that are never closed", "[".repeat(1_000_000), 400],
    ["a key called __proto__", '{"__proto__":{"tools":"all"}}', 400],
    ["a key called __proto__, written with an escape", '{"\\u005f_proto__":{"tools":"all"}}', 400],
    ["a key called __proto__ far inside", '{"a":[{"b":{"__proto__":1}}]}', 400],
  ])("fails closed: %s", async (_what, args, status) => {
    expect((await stage.post(path, bodyFor(path, args))).status).toBe(status);
    expect(stage.asked).toHaveLength(0);
    expect(Object.hasOwn(Object.prototype, "tools")).toBe(false);
  });

  it("fails closed: text that is not UTF-8", async () => {
    const response = await stage.fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
      body: Buffer.from([0x22, 0xff, 0xfe, 0x22]),
    });
    expect(response.status).toBe(400);
  });

  it("megabytes, again and again: after ten it says to wait, and what is small goes on", async () => {
    const much = bodyFor(path, `"${"x".repeat(300 * 1024)}"`);
    const own = await agentStage();
    const asked = await Promise.all(Array.from({ length: 14 }, async () => (await own.post(path, much)).status));
    expect(asked.filter((status) => status === 429)).toHaveLength(4);
    expect((await own.post(path, bodyFor(path, "{}"))).status).toBe(200);
  });

  it("a body that does not say how long it is, is not read to its end", async () => {
    const status = await new Promise<number>((resolve) => {
      const asking = request(`${stage.url}${path}`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${KEY}`,
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          "transfer-encoding": "chunked",
        },
      });
      asking.on("response", (answer) => {
        resolve(answer.statusCode ?? 0);
        asking.destroy();
      });
      asking.on("error", () => {});
      const megabyte = "x".repeat(1024 * 1024);
      for (let i = 0; i < 8; i += 1) asking.write(megabyte);
    });
    expect(status).toBe(413);
  });
});
