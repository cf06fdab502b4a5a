// The surface over the real gateway, its rules and a real database: what a client of MCP sees of a call's whole way.
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { callId } from "#kernel";
import { comment, HEAD, some, stageOf } from "../gateway/support/stage.ts";
import { testDatabase } from "../support/database.ts";
import { agentStage } from "./stage.ts";

const t = await testDatabase();
const inner = stageOf(t, await t.tenant("acme", 1));
const stage = await agentStage({ gateway: inner.gateway, authenticate: async () => inner.who });
const client = await stage.client("2025-11-25");
const said = z.looseObject({ status: z.string() });
const call = async (name: string, args: Record<string, unknown>) =>
  said.parse((await client.callTool({ name, arguments: args })).structuredContent);

describe("MCP, the gateway behind it", () => {
  it("an allowed call is carried out, and answers", async () => {
    expect(await call("repo.read", { repository: "acme/shop", paths: ["README.md"] })).toMatchObject({
      status: "done",
      result: { files: [{ path: "README.md", text: "hello" }] },
    });
  });

  it("a refused call names the rule, and nothing is sent to the doer", async () => {
    const before = inner.sent().length;
    expect(
      await call("shell.test", { repository: "acme/shop", command: "git push --force origin main" }),
    ).toMatchObject({ status: "refused", code: "policy_red", human: false });
    expect(await call("nothing.there", {})).toMatchObject({ status: "refused", code: "tool_unknown" });
    expect(inner.sent()).toHaveLength(before);
  });

  it("a merge waits for a person; after the approval its status is done", async () => {
    const receipt = await call("pr.merge", { repository: "acme/shop", pull_request: 1, head_sha: HEAD });
    expect(receipt).toMatchObject({ status: "pending" });
    const id = some(callId(String(receipt["call"])));
    expect(await inner.answer(String(receipt["approval"]), "approve")).toBe("recorded");
    await inner.resume(id);
    expect(await call("call.status", { call: id, wait_seconds: 5 })).toMatchObject({ status: "done", call: id });
  });

  it("the kill switch stops it", async () => {
    inner.kill({ kind: "tenant", tenant: inner.who.tenant });
    expect(await call("repo.read", { repository: "acme/shop", paths: ["README.md"] })).toMatchObject({
      status: "refused",
      code: "killed",
    });
    inner.kill(null);
  });

  it("a hook gets the real verdict: reading goes by itself, code of the project is asked about, nothing reaches out, and nothing is carried out", async () => {
    const before = inner.sent().length;
    const decided = async (command: string): Promise<string> => {
      const body = { hook_event_name: "PreToolUse", cwd: "/w", tool_name: "Bash", tool_input: { command } };
      const response = await stage.post("/v1/hooks/claude-code/pre-tool-use", body, {
        headers: { "countersign-repository": "acme/shop" },
      });
      const shape = z.object({ hookSpecificOutput: z.object({ permissionDecision: z.string() }) });
      return shape.parse(await response.json()).hookSpecificOutput.permissionDecision;
    };
    expect(await decided("git push --force")).toBe("deny");
    expect(await decided("git status && cat /w/src/a.ts")).toBe("allow");
    expect(await decided("npm test")).toBe("ask");
    expect(await decided("curl https://example.com")).toBe("deny");
    expect(await decided("cat /etc/hosts")).toBe("deny");
    expect(inner.sent()).toHaveLength(before);
  });

  it("over HTTP the same key and arguments are the same call", async () => {
    const { tool, arguments: args } = comment("Looks good.");
    const once = async () =>
      z
        .looseObject({ call: z.string() })
        .parse(
          await (
            await stage.post("/v1/calls", { tool, arguments: args }, { headers: { "idempotency-key": "k" } })
          ).json(),
        ).call;
    expect(await once()).toBe(await once());
  });
});
