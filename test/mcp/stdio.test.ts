import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, describe, expect, it } from "vitest";
import { formatKey } from "../../src/identity/api-key.ts";
import { agentStage, ANSWERS, CALL, FIXER } from "./stage.ts";

const key = formatKey(new Uint8Array(32).fill(7));
const stage = await agentStage({ authenticate: async (bearer) => (bearer === key ? FIXER : null) });
const folder = mkdtempSync(join(tmpdir(), "countersign-stdio-"));
const file = (name: string, text: string, mode = 0o600): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};
const MAIN = join(import.meta.dirname, "../../src/main.ts");
const program = (keyFile: string, url = stage.url): readonly string[] => [
  MAIN, "mcp", "--url", url, "--key-file", keyFile, "--repository", "acme/shop",
]; // prettier-ignore
afterAll(() => rmSync(folder, { recursive: true }));

async function connected(keyFile: string, version: string): Promise<Client> {
  const options =
    version >= "2026" ? { versionNegotiation: { mode: { pin: version } } } : { supportedProtocolVersions: [version] };
  const client = new Client({ name: "test", version: "1" }, options);
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [...program(keyFile)], env: {}, stderr: "ignore" }),
  );
  return client;
}
const READ = { name: "repo.read", arguments: { repository: "acme/shop", paths: ["a.ts"] } };

describe.each(["2025-06-18", "2026-07-28"])("MCP %s over standard input and output", (version) => {
  it("answers what the server answers: tools, a result, a refusal, a receipt and its end, a permission", async () => {
    const client = await connected(file("key", `${key}\n`), version);
    try {
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain("pr.merge");
      stage.answer("handle", ANSWERS.done);
      expect((await client.callTool(READ)).structuredContent).toMatchObject({ status: "done", call: CALL });
      expect(stage.asked.at(-1)).toMatchObject({ tool: "repo.read", arguments: READ.arguments });
      stage.answer("handle", ANSWERS.refused);
      expect(await client.callTool(READ)).toMatchObject({
        isError: true,
        structuredContent: { status: "refused", code: "policy_red", rules: [{ id: "floor.force-push" }] },
      });
      stage.answer("handle", ANSWERS.pending);
      expect((await client.callTool(READ)).structuredContent).toMatchObject({ status: "pending" });
      stage.answer("status", ANSWERS.done);
      const status = { name: "call.status", arguments: { call: CALL, wait_seconds: 0 } };
      expect((await client.callTool(status)).structuredContent).toMatchObject({ status: "done" });
      stage.answer("judge", ANSWERS.explained);
      const permission = { name: "permission.prompt", arguments: { tool_name: "Bash", input: { command: "x" } } };
      expect(JSON.stringify((await client.callTool(permission)).content)).toContain("deny");
    } finally {
      await client.close();
    }
  }, 90_000);
});

describe("countersign mcp", () => {
  it.each<[string, () => string, RegExp]>([
    ["a key that others can read", () => file("open", key, 0o644), /chmod 600/],
    ["a file without a key", () => file("empty", "hello"), /countersign agent key/],
    ["no file", () => join(folder, "nowhere"), /no file/],
  ])("refuses %s, says what to do, and writes nothing where the protocol is", async (_what, path, says) => {
    const ended = await promisify(execFile)(process.execPath, [...program(path())]).catch((error: unknown) => error);
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(says) });
  });

  it("fails closed: a key that is revoked gets no tools and no answer", async () => {
    const client = await connected(file("other", formatKey(new Uint8Array(32).fill(8))), "2025-06-18");
    try {
      await expect(client.listTools()).rejects.toThrow("does not take this key");
      await expect(client.callTool(READ)).rejects.toThrow("does not take this key");
    } finally {
      await client.close();
    }
  }, 90_000);
});
