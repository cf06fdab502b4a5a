import { describe, expect, it } from "vitest";
import { agentStage, ANSWERS, APPROVAL, CALL, KEY } from "./stage.ts";

const stage = await agentStage({ passes: 250 });
const VERSIONS = ["2025-06-18", "2025-11-25", "2026-07-28"];
const READ = { name: "repo.read", arguments: { repository: "acme/shop", paths: ["a.ts"] } };

describe.each(VERSIONS)("MCP %s, asked by the SDK's own client", (version) => {
  it("is what client and server agree on", async () => {
    const client = await stage.client(version);
    expect(client.getNegotiatedProtocolVersion()).toBe(version);
    expect(client.getServerVersion()?.name).toBe("countersign");
    expect(client.getInstructions()).toContain("call.status");
  });

  it("lists the tools with schemas of their arguments, and two of its own", async () => {
    const { tools } = await (await stage.client(version)).listTools();
    expect(tools.map(({ name }) => name)).toContain("repo.read");
    expect(tools.slice(-2).map(({ name }) => name)).toEqual(["call.status", "permission.prompt"]);
    const merge = tools.find(({ name }) => name === "pr.merge");
    expect(merge?.inputSchema).toMatchObject({ type: "object", additionalProperties: false });
    expect(merge?.inputSchema.required).toEqual(["repository", "pull_request", "head_sha"]);
    expect(merge?.annotations).toMatchObject({ readOnlyHint: false, destructiveHint: true });
    for (const tool of tools) expect(tool.name).toMatch(/^[a-z_.]{1,64}$/);
  });

  it("a call that is done answers with its result, for models and for programs", async () => {
    stage.answer("handle", ANSWERS.done);
    const result = await (await stage.client(version)).callTool(READ);
    expect(result.isError).toBeFalsy();
    expect(result.structuredContent).toEqual({
      status: "done",
      call: CALL,
      summary: "Read a.ts.",
      result: ANSWERS.done.result,
    });
    expect(JSON.stringify(result.content)).toContain("Read a.ts.");
    expect(stage.asked.at(-1)).toMatchObject({ tool: "repo.read", arguments: READ.arguments, from: "mcp" });
  });

  it("a refusal is an error that says which rule, why, and what to do instead", async () => {
    stage.answer("handle", ANSWERS.refused);
    const result = await (await stage.client(version)).callTool(READ);
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toMatchObject({
      status: "refused",
      code: "policy_red",
      rules: [{ id: "floor.force-push", version: "1" }],
      next: "Add a commit instead.",
      human: false,
    });
    expect(JSON.stringify(result.content)).toContain("Rule floor.force-push@1: History is never rewritten.");
  });

  it("a call that waits for a person gives a receipt, and call.status its end", async () => {
    stage.answer("handle", ANSWERS.pending);
    const client = await stage.client(version);
    const receipt = await client.callTool(READ);
    expect(receipt.isError).toBeFalsy();
    expect(receipt.structuredContent).toMatchObject({ status: "pending", call: CALL, approval: APPROVAL });
    stage.answer("status", ANSWERS.done);
    const polled = await client.callTool({ name: "call.status", arguments: { call: CALL, wait_seconds: 0 } });
    expect(polled.structuredContent).toMatchObject({ status: "done" });
    stage.answer("status", null);
    const unknown = await client.callTool({ name: "call.status", arguments: { call: CALL, wait_seconds: 0 } });
    expect(unknown).toMatchObject({ isError: true, structuredContent: { status: "refused" } });
  });

  it("what a program says beside the arguments arrives: key, explain, session, batch, citations, confidence, trace", async () => {
    stage.answer("handle", ANSWERS.explained);
    const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    const result = await (
      await stage.client(version)
    ).callTool({
      ...READ,
      _meta: {
        "countersign/idempotencyKey": "k1",
        "countersign/explain": true,
        "countersign/session": "s1",
        "countersign/batch": { updates: 3, cents: 0 },
        "countersign/citations": ["team.small@2"],
        "countersign/confidence": 80,
        traceparent,
      },
    });
    expect(result.structuredContent).toMatchObject({ status: "explained", verdict: { colour: "YELLOW" } });
    expect(stage.asked.at(-1)).toMatchObject({
      idempotencyKey: "k1",
      explain: true,
      session: "s1",
      batch: { updates: 3, cents: 0 },
      citations: ["team.small@2"],
      confidence: 80,
      traceparent,
    });
  });
});

describe("over MCP", () => {
  it("a client's headers can make everything it asks an explanation", async () => {
    const client = await stage.client("2025-11-25", { "countersign-explain": "1", "countersign-session": "night" });
    await client.callTool(READ);
    expect(stage.asked.at(-1)).toMatchObject({ explain: true, session: "night" });
  });

  it.each([
    [{ "countersign/explain": "yes please" }, "countersign/explain: "],
    [{ "countersign/explan": true }, 'there is no "countersign/explan". There are: countersign/idempotencyKey, '],
    [{ "Countersign/explain": true }, "there is no"],
    [{ countersign: { explain: true } }, 'there is no "countersign"'],
    [{ "com.countersign/explain": true }, "there is no"],
    [{ Explain: true }, "there is no"],
    [{ explain: true }, 'there is no "explain". There are: countersign/idempotencyKey, countersign/explain, '],
  ])("fails closed: %j beside the arguments is not understood: it is refused, not ignored", async (_meta, says) => {
    const before = stage.asked.length;
    const result = await (await stage.client(null)).callTool({ ...READ, _meta });
    expect(result).toMatchObject({ isError: true, structuredContent: { code: "arguments_invalid" } });
    expect(JSON.stringify(result.structuredContent)).toContain(JSON.stringify(says).slice(1, -1));
    expect(JSON.stringify(result.content), "what can be corrected is not called forbidden").not.toContain(
      "Nobody can allow",
    );
    expect(stage.asked).toHaveLength(before);
  });

  it("other people's names beside the arguments are theirs", async () => {
    stage.answer("handle", ANSWERS.done);
    const result = await (await stage.client(null)).callTool({ ...READ, _meta: { "example.com/explain": true } });
    expect(result.structuredContent).toMatchObject({ status: "done" });
  });

  it("says that its list of tools changes nothing by itself: nothing is ever sent without a request", async () => {
    const client = await stage.client("2025-11-25");
    expect(client.getServerCapabilities()?.tools).toEqual({ listChanged: false });
  });

  it("an agent sees what it may call, and nothing else", async () => {
    const narrow = await agentStage({ who: { tools: ["repo.read", "ticket.read"] } });
    const { tools } = await (await narrow.client("2025-06-18")).listTools();
    expect(tools.map(({ name }) => name)).toEqual(["repo.read", "ticket.read", "call.status", "permission.prompt"]);
  });

  it("permission.prompt allows what is GREEN, and denies with the reason what is not", async () => {
    const client = await stage.client("2025-11-25", {
      "countersign-repository": "acme/shop",
      "countersign-directory": "/work",
    });
    const ask = async (tool_name: string, input: Record<string, unknown>) => {
      const { content } = await client.callTool({ name: "permission.prompt", arguments: { tool_name, input } });
      const [first] = content;
      return JSON.parse(first?.type === "text" ? first.text : "{}");
    };
    const green = { ...ANSWERS.explained, verdict: { ...ANSWERS.explained.verdict, colour: "GREEN" } } as const;
    stage.answer("judge", green);
    expect(await ask("Bash", { command: "npm test" })).toEqual({
      behavior: "allow",
      updatedInput: { command: "npm test" },
    });
    stage.answer("judge", ANSWERS.explained);
    expect(await ask("Bash", { command: "npm publish" })).toMatchObject({ behavior: "deny" });
    stage.answer("judge", green);
    expect(await ask("Teleport", {})).toMatchObject({ behavior: "deny" });
  });

  it("fails closed: permission.prompt without a folder knows no file by its place", async () => {
    stage.answer("judge", {
      ...ANSWERS.explained,
      verdict: { ...ANSWERS.explained.verdict, colour: "GREEN" },
    });
    const write = {
      name: "permission.prompt",
      arguments: { tool_name: "Write", input: { file_path: "/home/ann/shop/a.ts", content: "" } },
    };
    const told = async (folder: Readonly<Record<string, string>>) =>
      JSON.stringify(
        await (await stage.client("2025-11-25", { "countersign-repository": "acme/shop", ...folder })).callTool(write),
      );
    for (const folder of [{}, { "countersign-directory": "" }, { "countersign-directory": "${PWD}" }])
      expect(await told(folder)).toMatch(/deny.*in which folder/);
    expect(await told({ "countersign-directory": "/home/ann/shop" })).toMatch(/allow/);
  });

  it("401 tells a client where tokens come from; without an issuer, that there is nothing but keys", async () => {
    const init = { jsonrpc: "2.0", id: 1, method: "tools/list" };
    const plain = await stage.post("/mcp", init, { key: null });
    expect([plain.status, plain.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="countersign"']);
    const audience = "https://countersign.example/mcp";
    const oauth = await agentStage({ oauth: { issuer: "https://issuer.example", audience } });
    const told = await oauth.post("/mcp", init, { key: "nobody" });
    expect(told.headers.get("www-authenticate")).toBe(
      'Bearer realm="countersign", error="invalid_token", resource_metadata="https://countersign.example/.well-known/oauth-protected-resource/mcp"',
    );
    for (const path of ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"])
      expect(await (await oauth.fetch(path, { key: null })).json()).toMatchObject({
        resource: audience,
        authorization_servers: ["https://issuer.example"],
      });
  });

  it("X2 the platform's kill switch is read before anybody is recognised", async () => {
    stage.kill("Stopped.");
    for (const key of [KEY, null]) expect((await stage.post("/mcp", {}, { key })).status).toBe(503);
    stage.kill(null);
  });
});
