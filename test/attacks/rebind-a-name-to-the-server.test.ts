// DNS rebinding: a page in a browser of the same machine or network, whose name was made to point at this server.
import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { agentStage, CALL, KEY } from "../mcp/stage.ts";

const stage = await agentStage();
const { port } = new URL(stage.url);

const asked = (path: string, headers: Readonly<Record<string, string>>): Promise<number> =>
  new Promise((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port, path, headers: { authorization: `Bearer ${KEY}`, ...headers } });
    asking.on("response", (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asking.on("error", reject);
    asking.end();
  });

describe.each(["/mcp", "/v1/tools", `/v1/calls/${CALL}`])("%s", (path) => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ["another host", { host: "evil.example" }],
    ["another host, with this port", { host: `evil.example:${port}` }],
    ["a host that begins like ours", { host: "localhost.evil.example" }],
    ["a host with a user before it", { host: "localhost@evil.example" }],
    ["another page", { origin: "https://evil.example" }],
    ["a page of nowhere", { origin: "null" }],
    ["a page that begins like ours", { origin: "http://localhost.evil.example" }],
  ])("fails closed: called by %s, even with a key that is good", async (_what, headers) => {
    expect(await asked(path, headers)).toBeGreaterThanOrEqual(400);
  });

  it("by its own names it is called", async () => {
    for (const host of [`127.0.0.1:${port}`, "localhost"]) expect(await asked(path, { host })).not.toBe(403);
  });
});
