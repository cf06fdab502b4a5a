// The agent's program has tools of its own, and only asks. What it asks is made to look like something else; what is answered must
// never be nothing, and never a yes to what was not understood.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Json } from "#kernel";
import { agentStage, ANSWERS } from "../mcp/stage.ts";

const stage = await agentStage();
// Whatever is asked of the gateway is GREEN: what is still denied, is denied before.
stage.answer("judge", { ...ANSWERS.explained, verdict: { colour: "GREEN", rules: [], set: "s1" } });
const PATHS = ["/v1/hooks/claude-code/pre-tool-use", "/v1/hooks/copilot/pre-tool-use"] as const;
const decision = z.union([
  z
    .object({ hookSpecificOutput: z.object({ permissionDecision: z.enum(["allow", "ask", "deny"]) }) })
    .transform(({ hookSpecificOutput }) => hookSpecificOutput.permissionDecision),
  z.object({ permissionDecision: z.enum(["allow", "ask", "deny"]) }).transform((said) => said.permissionDecision),
]);

async function decided(path: string, body: Json | string): Promise<string> {
  const response = await stage.post(path, body, { headers: { "countersign-repository": "acme/shop" } });
  expect(response.status).toBe(200);
  return decision.parse(await response.json());
}
const claude = (tool_name: string, tool_input: Json): Json => ({
  hook_event_name: "PreToolUse",
  cwd: "/work",
  tool_name,
  tool_input,
});

describe("a hook's question", () => {
  it.each<[string, Json]>([
    ["a tool that there is not", claude("Exec", { command: "ls" })],
    ["a tool of a later version", claude("BashV2", { command: "ls" })],
    ["a known tool in other letters", claude("BASH", { command: "ls" })],
    ["a known tool with something invisible", claude("Bash\u200b", { command: "ls" })],
    ["a command that is a list", claude("Bash", { command: ["ls"] })],
    ["a command that is not there", claude("Bash", { cmd: "ls" })],
    ["a path that is no text", claude("Write", { file_path: { a: 1 }, content: "x" })],
    ["a server that calls itself almost like ours", claude("mcp__countersign2__repo_read", {})],
    ["a tool of ours that there is not", claude("mcp__countersign__shell_exec", {})],
    ["another event", { ...z.record(z.string(), z.json()).parse(claude("Bash", {})), hook_event_name: "PostToolUse" }],
  ])("fails closed: %s is denied", async (_what, body) => {
    expect(await decided(PATHS[0], body)).toBe("deny");
  });

  it("whatever is sent, the answer is 200 with a decision; and a yes only to what is known", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PATHS),
        fc.oneof(
          fc.json(),
          fc.string(),
          fc
            .record({
              hook_event_name: fc.constant("PreToolUse"),
              cwd: fc.string(),
              tool_name: fc.string(),
              tool_input: fc.jsonValue(),
            })
            .map((value) => JSON.stringify(value)),
          fc
            .record({ cwd: fc.constant("/w"), toolName: fc.string(), toolArgs: fc.jsonValue() })
            .map((value) => JSON.stringify(value)),
        ),
        async (path, body) => {
          expect(["deny"]).toContain(await decided(path, body));
        },
      ),
      { numRuns: 60 },
    );
  });
});
