import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Json } from "#kernel";
import { agentStage, ANSWERS } from "./stage.ts";

const stage = await agentStage({ passes: 250 });
const CLAUDE = "/v1/hooks/claude-code/pre-tool-use";
const COPILOT = "/v1/hooks/copilot/pre-tool-use";
const HEADERS = { "countersign-repository": "acme/shop" };
const green = { ...ANSWERS.explained, verdict: { colour: "GREEN", rules: [], set: "s1" } } as const;
const red = { ...ANSWERS.explained, verdict: { ...ANSWERS.explained.verdict, colour: "RED" } } as const;

const said = z.object({
  hookSpecificOutput: z.object({
    hookEventName: z.literal("PreToolUse"),
    permissionDecision: z.enum(["allow", "ask", "deny"]),
    permissionDecisionReason: z.string().min(20),
  }),
});
async function claude(tool_name: string, tool_input: Json, over: Readonly<Record<string, Json>> = {}) {
  const body = {
    hook_event_name: "PreToolUse",
    session_id: "s1",
    cwd: "/home/ann/shop",
    tool_name,
    tool_input,
    ...over,
  };
  const response = await stage.post(CLAUDE, body, { headers: HEADERS });
  expect(response.status).toBe(200);
  return said.parse(await response.json()).hookSpecificOutput;
}

describe("Claude Code's PreToolUse hook", () => {
  it.each<[string, Json, string, Json]>([
    ["Bash", { command: "npm test" }, "shell.test", { repository: "acme/shop", command: "npm test" }],
    ["Read", { file_path: "/home/ann/shop/a.ts" }, "repo.read", { repository: "acme/shop", paths: ["a.ts"] }],
    ["Read", { file_path: "/root/notes.txt" }, "repo.read", { repository: "acme/shop", paths: ["/root/notes.txt"] }],
    [
      "Read",
      { file_path: "/home/ann/shop-other/a.ts" },
      "repo.read",
      { repository: "acme/shop", paths: ["/home/ann/shop-other/a.ts"] },
    ],
    ["Grep", { pattern: "x" }, "repo.read", { repository: "acme/shop", paths: ["."] }],
    [
      "Grep",
      { pattern: "x", path: "/home/ann/shop/src", glob: "**/*.{ts,tsx}" },
      "repo.read",
      { repository: "acme/shop", paths: ["src", "**/*.{ts,tsx}"] },
    ],
    [
      "Grep",
      { pattern: "x", path: ".github/workflows" },
      "repo.read",
      { repository: "acme/shop", paths: [".github/workflows"] },
    ],
    [
      "WebFetch",
      { url: "https://example.com/?q='; rm -rf ~", prompt: "x" },
      "shell.test",
      { repository: "acme/shop", command: `curl --silent --show-error -- 'https://example.com/?q='\\''; rm -rf ~'` },
    ],
  ])("%s of %j is judged as %s", async (tool, input, as, args) => {
    stage.answer("judge", green);
    expect(await claude(tool, input)).toMatchObject({ permissionDecision: "allow" });
    expect(stage.asked.at(-1)).toMatchObject({ tool: as, arguments: args, session: "s1", from: "hook" });
  });

  it.each<Json>([
    { pattern: "url", path: ".git" },
    { pattern: "=", path: "/home/ann/shop/.aws" },
    { pattern: "=", path: "packages/.docker/x" },
    { pattern: "=", path: "src", glob: ".en?" },
    { pattern: "=", glob: "*nv" },
    { pattern: "=", glob: "**/{.env,a}" },
    { pattern: "=", glob: "*" },
    { pattern: "=", glob: "**/*" },
    { pattern: "=", glob: "*.ts,.npmrc" },
    { pattern: "=", glob: "*.ts .npmrc" },
    { pattern: "=", glob: "[.-/]env" },
    { pattern: "=", glob: "*.ke?" },
    { pattern: "=", glob: "*.{key}" },
    { pattern: "=", glob: "**/.claude/*.ts" },
    { pattern: "=", glob: "server.key" },
    { pattern: "=", glob: "!*.ts" },
    { pattern: "=", glob: "config" },
    { pattern: "=", glob: "**/config.json" },
    { pattern: "=", glob: ".env*.sh" },
    { pattern: "=", glob: "*.sh" },
    { pattern: "=", path: ".docker/.github" },
  ])("fails closed: a search of %j would show what is hidden", async (input) => {
    stage.answer("judge", green);
    expect(await claude("Grep", input)).toMatchObject({ permissionDecision: "deny" });
  });

  it.each<[string, Json]>([
    ["Read", { file_path: "/home/ann/shop/.vscode/settings.json" }],
    ["Read", { file_path: "/home/ann/shop/.git/logs/HEAD" }],
    ["Write", { file_path: "/home/ann/shop/.vscode/tasks.json", content: "x" }],
    ["Write", { file_path: "/home/ann/shop/packages/a/.cargo/config.toml", content: "x" }],
    ["Edit", { file_path: "/home/ann/shop/node_modules/which/bin/which", old_string: "a", new_string: "b" }],
    ["Glob", { pattern: "*", path: ".git" }],
    ["Edit", { file_path: "/home/ann/shop/.gitignore", old_string: ".env", new_string: "" }],
    ["Write", { file_path: "/home/ann/shop/src/.gitignore", content: "!.env" }],
    ["Write", { file_path: "/home/ann/shop/node_module\u017f/which/bin/which", content: "x" }],
    ["Write", { file_path: "/home/ann/shop/env/bin/activate", content: "x" }],
    ["Write", { file_path: "/home/ann/shop/vendor/autoload.php", content: "x" }],
    ["Write", { file_path: "/home/ann/shop/.cursor/rules/.github/a.mdc", content: "x" }],
    ["Write", { file_path: "/home/ann/shop/.vscode/.claude/worktrees/x/tasks.json", content: "x" }],
    ["Write", { file_path: "/home/ann/shop/node_modules/x/.github/x.js", content: "x" }],
    ["Write", { file_path: "/home/ann/shop/venv/lib/python3/site-packages/x.py", content: "x" }],
    ["Read", { file_path: "/home/ann/shop/.gnupg/.claude/worktrees/a/secring" }],
  ])("%s of %j is somebody's to look at, whatever the rules let go", async (tool, input) => {
    stage.answer("judge", green);
    expect(await claude(tool, input)).toMatchObject({ permissionDecision: "ask" });
    expect(await claude(tool, input, { permission_mode: "bypassPermissions" })).toMatchObject({ permissionDecision: "deny" }); // prettier-ignore
    stage.answer("judge", red);
    expect(await claude(tool, input)).toMatchObject({ permissionDecision: "deny" });
  });

  it.each<[string, Json]>([
    ["Read", { file_path: "/home/ann/shop/.gitignore" }],
    ["Read", { file_path: "/home/ann/shop/.env.example" }],
    ["Read", { file_path: "/home/ann/shop/node_modules/zod/index.d.ts" }],
    ["Write", { file_path: "/home/ann/shop/.prettierrc.json", content: "x" }],
    ["Glob", { pattern: "src/**/*.{ts,tsx}" }],
    ["Glob", { pattern: "src/*{.ts,.tsx}" }],
    ["Grep", { pattern: "x", glob: "**/*.{ts,tsx}" }],
    ["Grep", { pattern: "x", glob: "package.json" }],
    ["Grep", { pattern: "x", path: "./src" }],
  ])("and %s of %j goes by itself, as the rules say", async (tool, input) => {
    stage.answer("judge", green);
    expect(await claude(tool, input)).toMatchObject({ permissionDecision: "allow" });
  });

  it.each([
    "/home/ann/shop/../../home/ann/.config/git/config",
    "../../home/ann/.codex/auth.json",
    "/home/ann/shop/../shop/.claude/worktrees/../settings.json",
    "/home/ann/.claude/worktrees/../settings.json",
    "src/./../.claude/settings.json",
  ])("24 fails closed: a way through other folders stays what it is: %s", async (path) => {
    stage.answer("judge", green);
    await claude("Write", { file_path: path, content: "x" });
    expect(stage.asked.at(-1)).toMatchObject({ arguments: { changes: [{ path }] } });
    await claude("Read", { file_path: path });
    expect(stage.asked.at(-1)).toMatchObject({ arguments: { paths: [path] } });
  });

  it.each([
    [".claude/commands/.github/evil.md", ".claude/commands/.github/evil.md"],
    [".claude/agents/.claude/worktrees/a/evil.md", ".claude/agents/.claude/worktrees/a/evil.md"],
    [".git/x/.claude/worktrees/a/config", ".git/x/.claude/worktrees/a/config"],
    ["packages/a/.github/workflows/ci.yml", ".github/workflows/ci.yml"],
    [".claude/worktrees/a/src/x.ts", "src/x.ts"],
    [".claude/worktrees/a/.github/workflows/ci.yml", ".github/workflows/ci.yml"],
  ])("24 what a folder below is called makes nobody forget those above it: %s is %s", async (path, name) => {
    await claude("Write", { file_path: `/home/ann/shop/${path}`, content: "x" });
    expect(stage.asked.at(-1)).toMatchObject({ arguments: { changes: [{ path: name }] } });
  });

  it("fails closed: a place under a name that is not known", async () => {
    stage.answer("judge", green);
    const input = { file_path: "/home/ann/shop/a.ts", path: "/etc/passwd" };
    expect(await claude("Read", input)).toMatchObject({ permissionDecision: "deny" });
  });

  it("outside of the project that it was started in nothing goes by itself", async () => {
    stage.answer("judge", green);
    const from = { cwd: "/home/ann/other" };
    const started = { headers: { ...HEADERS, "countersign-directory": "/home/ann/shop" } };
    for (const [tool_name, tool_input] of [
      ["Read", { file_path: "/home/ann/other/notes.txt" }],
      ["Write", { file_path: "/home/ann/other/x.ts", content: "x" }],
      ["Grep", { pattern: "x" }],
    ] as const) {
      const body = { hook_event_name: "PreToolUse", session_id: "s1", tool_name, tool_input, ...from };
      const response = await stage.post(CLAUDE, body, started);
      expect(said.parse(await response.json()).hookSpecificOutput.permissionDecision).toBe("ask");
    }
  });

  it.each([".{.,a}/*", "[.][.]/*", ".[.]/*", "{.git,a}/*", "{..,a}/*", "{/etc,/home/ann}/**", "a{b/c,d}/*", "{~,a}/*"])(
    "fails closed: a pattern whose braces lead elsewhere: %s",
    async (pattern) => {
      stage.answer("judge", green);
      expect(await claude("Glob", { pattern })).toMatchObject({ permissionDecision: "deny" });
    },
  );

  it.each(["/home/ann/shop/.docker", "/home/ann/.aws", "/home/ann/shop/.git/refs"])(
    "fails closed: nor from within %s",
    async (cwd) => {
      stage.answer("judge", green);
      expect(await claude("Grep", { pattern: "=" }, { cwd })).toMatchObject({ permissionDecision: "deny" });
      expect(await claude("Grep", { pattern: "=", path: "." }, { cwd })).toMatchObject({ permissionDecision: "deny" });
    },
  );

  it.each<[string, Json, Json]>([
    ["Write", { file_path: "/home/ann/shop/a.ts", content: "one" }, { kind: "write", path: "a.ts", content: "one" }],
    [
      "Edit",
      { file_path: "/home/ann/shop/a.ts", old_string: "one", new_string: "two" },
      { kind: "edit", path: "a.ts", find: "one", replace: "two" },
    ],
    [
      "Write",
      { file_path: "/home/ann/shop/../../etc/passwd", content: "x" },
      { kind: "write", path: "/home/ann/shop/../../etc/passwd", content: "x" },
    ],
  ])("%s is judged as the change that it would be", async (tool, input, change) => {
    await claude(tool, input);
    expect(stage.asked.at(-1)).toMatchObject({ tool: "repo.propose", arguments: { changes: [change] } });
  });

  it("GREEN is allow, YELLOW asks whoever sits there, RED is deny; each says which rule", async () => {
    const colours = [];
    for (const answer of [green, ANSWERS.explained, red]) {
      stage.answer("judge", answer);
      colours.push(await claude("Bash", { command: "x" }));
    }
    expect(colours.map(({ permissionDecision }) => permissionDecision)).toEqual(["allow", "ask", "deny"]);
    expect(colours[2]?.permissionDecisionReason).toContain("floor.force-push@1");
  });

  it.each(["bypassPermissions", "dontAsk", "auto"])("nobody is asked in mode %s, so the answer is no", async (mode) => {
    stage.answer("judge", ANSWERS.explained);
    expect(await claude("Bash", { command: "x" }, { permission_mode: mode })).toMatchObject({
      permissionDecision: "deny",
    });
  });

  it("its own calls of our tools are let through: they are decided when they come", async () => {
    for (const tool of ["repo_read", "call_status", "permission_prompt"])
      expect(await claude(`mcp__countersign__${tool}`, {})).toMatchObject({ permissionDecision: "allow" });
    expect(await claude("mcp__other__repo_read", {})).toMatchObject({ permissionDecision: "deny" });
  });

  it.each<[string, Json]>([
    ["Bash", {}],
    ["Bash", null],
    ["Edit", { file_path: "/home/ann/shop/a.ts" }],
    ["PowerShell", { command: "x" }],
    ["bash", { command: "x" }],
    ["Bash ", { command: "x" }],
    ["SomethingNew", {}],
    ["toString", {}],
    ["__proto__x", {}],
  ])("fails closed: %j of %j is denied", async (tool, input) => {
    stage.answer("judge", green);
    expect(await claude(tool, input)).toMatchObject({ permissionDecision: "deny" });
  });

  it("fails closed: without the repository's name nothing is judged, and the reason says what to set", async () => {
    const body = { hook_event_name: "PreToolUse", cwd: "/w", tool_name: "Bash", tool_input: { command: "ls" } };
    const { hookSpecificOutput: answer } = said.parse(await (await stage.post(CLAUDE, body)).json());
    expect(answer).toMatchObject({ permissionDecision: "deny" });
    expect(answer.permissionDecisionReason).toContain("Countersign-Repository");
  });
});

describe("every answer is a decision", () => {
  it.each<[string, () => Promise<Response>]>([
    ["a key that is none", () => stage.post(CLAUDE, {}, { key: "other" })],
    ["no key", () => stage.post(CLAUDE, {}, { key: null })],
    ["no body", () => stage.post(CLAUDE, "")],
    ["no JSON", () => stage.post(CLAUDE, "{")],
    ["another event", () => stage.post(CLAUDE, { hook_event_name: "Stop" })],
    ["5 MB", () => stage.post(CLAUDE, "x".repeat(5 * 1024 * 1024))],
    ["another name of the host", () => stage.post(CLAUDE, {}, { headers: { origin: "https://evil.example" } })],
  ])("fails closed: %s is 200 and deny", async (_what, ask) => {
    const response = await ask();
    expect(response.status).toBe(200);
    expect(said.parse(await response.json()).hookSpecificOutput.permissionDecision).toBe("deny");
  });

  it("fails closed: a gateway that breaks is a no, and so is a kill switch", async () => {
    stage.answer("judge", null);
    expect(await claude("Bash", { command: "x" })).toMatchObject({ permissionDecision: "deny" });
    stage.answer("judge", ANSWERS.killed);
    expect(await claude("Bash", { command: "x" })).toMatchObject({ permissionDecision: "deny" });
    stage.answer("judge", green);
    stage.kill("Everything is stopped.");
    expect((await claude("Bash", { command: "x" })).permissionDecisionReason).toContain("Everything is stopped.");
    stage.kill(null);
  });
});

describe("Copilot's preToolUse hook", () => {
  const copilot = async (toolName: string, toolArgs: Json) => {
    const response = await stage.post(
      COPILOT,
      { timestamp: 1, cwd: "/home/ann/shop", toolName, toolArgs },
      { headers: HEADERS },
    );
    expect(response.status).toBe(200);
    return z
      .object({ permissionDecision: z.enum(["allow", "deny"]), permissionDecisionReason: z.string() })
      .parse(await response.json());
  };

  it("reads arguments that are JSON in a string, as the reference has them", async () => {
    stage.answer("judge", green);
    expect(await copilot("bash", JSON.stringify({ command: "npm test" }))).toMatchObject({
      permissionDecision: "allow",
    });
    expect(stage.asked.at(-1)).toMatchObject({ tool: "shell.test", arguments: { command: "npm test" } });
    await copilot("edit", { path: "/home/ann/shop/a.ts", old_str: "one", new_str: "two" });
    expect(stage.asked.at(-1)).toMatchObject({ tool: "repo.propose" });
  });

  it.each<[string, Json]>([
    ["grep", { pattern: "KEY", paths: "/home/ann/shop/.aws" }],
    ["grep", { pattern: "KEY", paths: ["/home/ann/shop/src", ".docker"] }],
    ["bash", { command: "cd x && git status" }],
    ["view", { path: "/home/ann/shop/.vscode/settings.json" }],
  ])("fails closed: %s of %j is nothing that goes by itself", async (tool, args) => {
    stage.answer("judge", green);
    expect(await copilot(tool, args)).toMatchObject({ permissionDecision: "deny" });
  });

  it("each of several places is judged", async () => {
    stage.answer("judge", green);
    expect(await copilot("glob", { pattern: "*.ts", paths: ["/home/ann/.ssh", "src"] })).toMatchObject({ permissionDecision: "allow" }); // prettier-ignore
    expect(stage.asked.at(-1)).toMatchObject({ arguments: { paths: ["/home/ann/.ssh", "src", "*.ts"] } });
  });

  it("nobody sits in the cloud: what a person would be asked about is denied", async () => {
    stage.answer("judge", ANSWERS.explained);
    expect(await copilot("bash", { command: "x" })).toMatchObject({ permissionDecision: "deny" });
  });

  it.each<[string, Json]>([
    ["bash", "{"],
    ["new_tool", {}],
    ["web_search", { query: "x" }],
  ])("fails closed: %s of %j is denied", async (tool, args) => {
    stage.answer("judge", green);
    expect(await copilot(tool, args)).toMatchObject({ permissionDecision: "deny" });
  });
});
