// A real Claude Code, with the settings that `countersign agent connect claude-code` prints, and a scripted model.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { claudeCodeServers, claudeCodeSettings } from "../../src/cli/connect/claude-code.ts";
import { startModel, type Step } from "./model.ts";
import { KEY, startPlace, type Place } from "./place.ts";
import { installed, run, workFolder } from "./program.ts";
import type { Check } from "./check.ts";

const MCP = "mcp__countersign__";
const FILES = { repository: "acme/shop", paths: ["a.ts"] };
const MERGE = { repository: "acme/shop", pull_request: 7, head_sha: "a".repeat(40) };

const script = (place: Place): readonly Step[] => [
  { tool: `${MCP}repo_read`, input: FILES },
  { tool: `${MCP}shell_test`, input: { repository: "acme/shop", command: "git push --force" } },
  { tool: "Bash", input: { command: "echo one > allowed.txt", description: "allowed" } },
  { tool: "Bash", input: { command: "echo two > refused.txt && git push --force", description: "refused" } },
  { tool: `${MCP}pr_merge`, input: MERGE },
  {
    tool: `${MCP}call_status`,
    input: (answers) => ({ call: /[0-9a-f-]{36}/.exec(answers[4] ?? "")?.[0] ?? "", wait_seconds: 0 }),
    before: place.approve,
  },
  { tool: `${MCP}repo_read`, input: FILES, before: place.kill },
  { tool: "Bash", input: { command: "echo three > killed.txt", description: "killed" } },
];

export async function claudeCode(): Promise<readonly Check[]> {
  const place = await startPlace();
  const model = await startModel(script(place));
  const at = { url: place.url, tenant: "acme", agent: "fixer", repository: null };
  const folder = workFolder({
    "settings.json": JSON.stringify(claudeCodeSettings(at)),
    "mcp.json": JSON.stringify(claudeCodeServers(at)),
  });
  const env = {
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: "scripted",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    COUNTERSIGN_AGENT_KEY: KEY,
    GITHUB_REPOSITORY: "acme/shop",
  };
  const claude = [process.execPath, installed("@anthropic-ai", "claude-code", "cli-wrapper.cjs")];
  const files = ["--settings", "settings.json", "--mcp-config", "mcp.json", "--strict-mcp-config"];
  const allow = ["--allowedTools", "Bash,mcp__countersign"];
  try {
    const ended = await run([...claude, "-p", "Go on.", ...files, ...allow], { cwd: folder, env });
    const { answers } = model;
    const made = (name: string): boolean => existsSync(join(folder, name));
    const checks: Check[] = [
      ["it ends by itself", ended.code === 0, ended.err + ended.out],
      [
        "an allowed call runs, and its answer reaches the model",
        answers[0]?.includes("the-answer-of-the-tool") ?? false,
        answers[0],
      ],
      [
        "a refused call does not run, and says why",
        /rewrite history/.test(answers[1] ?? "") && !place.executed.includes("shell.test"),
        answers[1],
      ],
      ["a tool of its own that is allowed runs", made("allowed.txt"), answers[2]],
      [
        "a tool of its own that is refused does not run, and says why",
        !made("refused.txt") && /Countersign/.test(answers[3] ?? ""),
        answers[3],
      ],
      [
        "a call that waits for a person gives a receipt",
        /pending/.test(answers[4] ?? "") && !place.executed.slice(0, 1).includes("pr.merge"),
        answers[4],
      ],
      [
        "after the approval it is done",
        (answers[5]?.includes("the-answer-of-the-tool") ?? false) && place.executed.includes("pr.merge"),
        answers[5],
      ],
      ["the kill switch stops calls", /kill switch/.test(answers[6] ?? ""), answers[6]],
      ["the kill switch stops its own tools", !made("killed.txt") && /kill switch/.test(answers[7] ?? ""), answers[7]],
    ];
    return [...checks, ...(await withoutUs(claude, files))];
  } finally {
    model.close();
    await place.close();
  }

  /** Countersign is not there: nothing of its own may run. */
  async function withoutUs(program: readonly string[], given: readonly string[]): Promise<readonly Check[]> {
    const alone = await startModel([
      { tool: "Bash", input: { command: "echo four > alone.txt", description: "alone" } },
    ]);
    const gone = { ...at, url: "http://127.0.0.1:9" };
    const empty = workFolder({
      "settings.json": JSON.stringify(claudeCodeSettings(gone)),
      "mcp.json": JSON.stringify({ mcpServers: {} }),
    });
    await run([...program, "-p", "Go on.", ...given, "--allowedTools", "Bash"], {
      cwd: empty,
      env: { ...env, ANTHROPIC_BASE_URL: alone.url },
    });
    alone.close();
    return [
      [
        "fails closed: when Countersign is away, its own tools do not run",
        !existsSync(join(empty, "alone.txt")),
        alone.answers[0],
      ],
    ];
  }
}
