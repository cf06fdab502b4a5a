// Names that look like a tool's: in other letters, with something invisible, or of something that every object has.
import { describe, expect, it } from "vitest";
import { declarationOf, TOOL_DECLARATIONS } from "#gateway";
import { agentStage } from "../mcp/stage.ts";

const stage = await agentStage();
const TRICKS: readonly string[] = [
  "REPO.READ",
  "Repo.read",
  " repo.read",
  "repo.read ",
  "repo.read\n",
  "repo.read\u0000",
  "repo.read\u200b",
  "repo\u2024read",
  "rep\u043e.read",
  "\uff52epo.read",
  "repo_read",
  "repo/read",
  "../repo.read",
  "toString",
  "constructor",
  "__proto__",
  "hasOwnProperty",
  "call.status\u200b",
];

describe("X5 a tool's name", () => {
  it.each(TRICKS)("%j is no tool of ours", (name) => {
    expect(declarationOf(name)).toBeNull();
    expect(Object.keys(TOOL_DECLARATIONS)).not.toContain(name);
  });

  it("reaches the gateway as it was written, over MCP and over HTTP: nothing makes two names one", async () => {
    const client = await stage.client("2025-11-25");
    for (const name of TRICKS) {
      await client.callTool({ name, arguments: {} });
      expect(stage.asked.at(-1)?.tool).toBe(name);
      await stage.post("/v1/calls", { tool: name, arguments: {} });
      expect(stage.asked.at(-1)?.tool).toBe(name);
    }
  });

  it("a long one is cut where no tool's name is any more, and never to a name that there is", async () => {
    const client = await stage.client("2025-11-25");
    for (const name of [`repo.read${"x".repeat(10_000)}`, `${"x".repeat(64)}repo.read`]) {
      await client.callTool({ name, arguments: {} });
      const seen = stage.asked.at(-1)?.tool ?? "";
      expect(seen.length).toBe(65);
      expect(declarationOf(seen)).toBeNull();
    }
  });
});
