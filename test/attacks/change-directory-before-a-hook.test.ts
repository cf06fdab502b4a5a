// A hook's question is about a path below the agent's own working directory, which it changes as it likes: from inside .git a file is
// called `config`, and from the root of the machine everything is below.
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Json } from "#kernel";
import { stageOf } from "../gateway/support/stage.ts";
import { agentStage } from "../mcp/stage.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const inner = stageOf(t, await t.tenant("acme", 1));
const stage = await agentStage({ gateway: inner.gateway, authenticate: async () => inner.who });
const answer = z
  .object({ hookSpecificOutput: z.object({ permissionDecision: z.string() }) })
  .transform(({ hookSpecificOutput }) => hookSpecificOutput.permissionDecision);

async function decided(cwd: string, tool_name: string, tool_input: Json): Promise<string> {
  const body = { hook_event_name: "PreToolUse", cwd, tool_name, tool_input };
  const headers = { "countersign-repository": "acme/shop" };
  return answer.parse(await (await stage.post("/v1/hooks/claude-code/pre-tool-use", body, { headers })).json());
}
const write = (file_path: string): Json => ({ file_path, content: "x" });

describe("where the agent's program stands does not change what a file is", () => {
  it.each<[string, string, Json]>([
    ["/", "Write", write("/etc/cron.d/x")],
    ["/", "Read", { file_path: "/etc/hostname" }],
    ["//", "Read", { file_path: "/etc/hostname" }],
    ["/r/.git", "Write", write("/r/.git/config")],
    ["/r/.git", "Read", { file_path: "/r/.git/config" }],
    ["/r/.git/", "Write", write("config")],
    ["/r/.git/hooks", "Write", write("/r/.git/hooks/pre-commit")],
    ["/r/.github", "Write", write("/r/.github/workflows/x.yml")],
    ["/home/a/.cache/r/.github/workflows", "Write", write("x.yml")],
    ["/r/.claude/worktrees/one/.git", "Write", write("config")],
    ["/home/a/.ssh", "Read", { file_path: "/home/a/.ssh/config" }],
    ["/r", "Glob", { pattern: "/etc/**" }],
    ["/r", "Glob", { pattern: "../../**" }],
    ["/r", "Grep", { pattern: "x", glob: ".env" }],
    ["/r", "Read", { file_path: "/r/.git/config" }],
  ])("fails closed: in %s, %s of %j is denied", async (cwd, tool, input) => {
    expect(await decided(cwd, tool, input)).toBe("deny");
  });

  it.each<[string, string, Json]>([
    ["/r", "Write", write("/r/src/a.ts")],
    ["/r/.claude/worktrees/one", "Write", write("/r/.claude/worktrees/one/src/a.ts")],
    ["/r", "Glob", { pattern: "src/**/*.ts" }],
    ["/r/src", "Grep", { pattern: "x", glob: "*.ts" }],
  ])("in %s, %s of %j is allowed", async (cwd, tool, input) => {
    expect(await decided(cwd, tool, input)).toBe("allow");
  });
});
