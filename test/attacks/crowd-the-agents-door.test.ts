// One agent takes what is all agents' together: a hundred calls in a message that counts as one, and streams that stay open for ever.

import { expect, it } from "vitest";
import { agentStage } from "../mcp/stage.ts";

const stage = await agentStage();
const call = (id: number) => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "repo.read", arguments: { n: id } } }); // prettier-ignore

it("a list of messages is none: who asks a hundred times asks a hundred times", async () => {
  const many = await stage.post(
    "/mcp",
    Array.from({ length: 50 }, (_, n) => call(n)),
  );
  expect(many.status).toBe(400);
  expect(await many.text()).toContain("One message in a request");
  for (const list of [[call(1)], [], [[call(1)]]]) expect((await stage.post("/mcp", list)).status).toBe(400);
  expect(stage.asked).toEqual([]);
});

it("no stream stays open: not for changes that never come, and not by GET, whatever was seen last", async () => {
  const listen = {
    jsonrpc: "2.0",
    id: 1,
    method: "subscriptions/listen",
    params: {
      notifications: { toolsListChanged: true },
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { name: "x", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  };
  const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "subscriptions/listen" };
  const answer = await stage.post("/mcp", listen, { headers });
  // To its end: there is one.
  expect(await answer.text()).toContain("Subscription limit reached");
  for (const seen of ["0", "1"]) {
    const got = await stage.fetch("/mcp", { headers: { accept: "text/event-stream", "last-event-id": seen } });
    expect(got.status).toBe(405);
    await got.text();
  }
});
