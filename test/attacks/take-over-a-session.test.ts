// MCP over HTTP has sessions in some versions: somebody brings another agent's id, resumes its stream, ends it, cancels its call, or asks for an
// older version of the protocol. There is no session here to take over: each request is its own key's.

import { expect, it } from "vitest";
import type { AgentPrincipal } from "#identity";
import { agentId, type Json } from "#kernel";
import { agentStage, ANSWERS, CALL, FIXER, KEY } from "../mcp/stage.ts";

const OTHER: AgentPrincipal = { ...FIXER, agent: agentId("01900000-0000-7000-8000-0000000000f2") ?? expect.unreachable(), tools: ["repo.read"] }; // prettier-ignore
const keys = new Map([[KEY, FIXER], ["csk_of_the_other", OTHER]]); // prettier-ignore
const by: string[] = [];
let release: (() => void) | null = null;
const stage = await agentStage({
  authenticate: async (bearer) => keys.get(bearer) ?? null,
  gateway: {
    async handle(who, asked) {
      by.push(who.agent);
      if (asked.tool === "shell.test") await new Promise<void>((resolve) => void (release = resolve));
      return ANSWERS.done;
    },
    status: async (who) => (who.agent === FIXER.agent ? ANSWERS.done : null),
  },
});
const rpc = (method: string, params: Json = {}, id: number | null = 1): Json => ({ jsonrpc: "2.0", ...(id === null ? {} : { id }), method, params }); // prettier-ignore
const call = (name: string, args: Json = {}): Json => rpc("tools/call", { name, arguments: args });
const INIT = rpc("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "x", version: "1" } }); // prettier-ignore
const as = (key: string, headers: Readonly<Record<string, string>> = {}) => ({ key, headers });

it("nobody is given a session, so that there is none to replay, to fix or to guess", async () => {
  const answer = await stage.post("/mcp", INIT);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("mcp-session-id")).toBe(null);
});

it("whatever id is brought along, the call is the key's own agent's, and sees what that one may call", async () => {
  by.length = 0;
  for (const id of [FIXER.agent, CALL, "x".repeat(200)]) {
    const listed = await (await stage.post("/mcp", rpc("tools/list"), as("csk_of_the_other", { "mcp-session-id": id }))).text(); // prettier-ignore
    expect(listed).toContain("repo.read");
    expect(listed).not.toContain("pr.merge");
    await (await stage.post("/mcp", call("repo.read"), as("csk_of_the_other", { "mcp-session-id": id }))).text();
  }
  expect(by).toEqual([OTHER.agent, OTHER.agent, OTHER.agent]);
});

it("another's session is neither resumed nor ended", async () => {
  for (const method of ["GET", "DELETE", "PUT", "PATCH"]) {
    const answer = await stage.fetch("/mcp", { method, key: "csk_of_the_other", headers: { accept: "text/event-stream", "mcp-session-id": FIXER.agent, "last-event-id": "1" } }); // prettier-ignore
    expect(answer.status).toBe(405);
  }
});

it("a call is not cancelled by whoever names its number, and a receipt is its own agent's", async () => {
  by.length = 0;
  const running = stage.post("/mcp", rpc("tools/call", { name: "shell.test", arguments: {} }, 7));
  await expect.poll(() => release).not.toBe(null);
  await stage.post("/mcp", rpc("notifications/cancelled", { requestId: 7 }, null), as("csk_of_the_other"));
  await stage.post("/mcp", rpc("notifications/progress", { progressToken: 7, progress: 1 }, null), as("csk_of_the_other")); // prettier-ignore
  release?.();
  expect(await (await running).text()).toContain("Read a.ts.");
  const status = await stage.post("/mcp", call("call.status", { call: CALL, wait_seconds: 0 }), as("csk_of_the_other"));
  expect(await status.text()).toContain("There is no such call of yours");
});

it("a key that ended between two requests is nobody's in the second one", async () => {
  keys.set("csk_short", OTHER);
  expect((await stage.post("/mcp", INIT, as("csk_short"))).status).toBe(200);
  keys.delete("csk_short");
  for (const each of [rpc("tools/list"), call("repo.read"), INIT])
    expect((await stage.post("/mcp", each, as("csk_short", { "mcp-session-id": FIXER.agent }))).status).toBe(401);
});

it.each(["2024-10-07", "2024-11-05", "1.0", "2026-07-28", "3000-01-01", "__proto__", ""])(
  "version %j of the protocol: whatever comes of it, a refusal stays a refusal",
  async (version) => {
    stage.answer("handle", ANSWERS.refused);
    by.length = 0;
    const answer = await stage.post("/mcp", call("pr.merge"), { headers: version === "" ? {} : { "mcp-protocol-version": version } }); // prettier-ignore
    const text = await answer.text();
    // Either the version is refused, or the gateway is asked, by the same agent.
    expect(by.length === 0 ? answer.status : 400).toBe(400);
    expect(by.every((agent) => agent === FIXER.agent)).toBe(true);
    expect(text).not.toBe("");
  },
);

it("two answers to one number: a list is not taken, and another request is another answer", async () => {
  by.length = 0;
  const both = await Promise.all([1, 2].map(async () => (await stage.post("/mcp", call("repo.read"))).text()));
  expect(both.every((text) => text.includes("Read a.ts."))).toBe(true);
  expect(by).toHaveLength(2);
});
