// A real Claude Code, with what `countersign agent connect claude-code` prints where it says, and a scripted model.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { carriedOut, COMMENT, FILES, PUSH } from "./calls.ts";
import type { Check } from "./check.ts";
import { startModel, type Step } from "./model.ts";
import { idIn, REPOSITORY, type Agent, type Place, type Printed } from "./place.ts";
import { installed, run, workFolder, type Ended } from "./program.ts";

const MCP = "mcp__countersign__";
const bash = (command: string): Step => ({ tool: "Bash", input: { command, description: "a command" } });

interface Told {
  readonly ended: Ended;
  readonly answers: readonly string[];
  readonly made: (file: string) => boolean;
}

export async function claudeCode(place: Place): Promise<readonly Check[]> {
  const agent = await place.agent("claude-code");
  const printed = await agent.printed("claude-code");
  return [...(await supervised(agent, printed)), ...(await byPrompt(place)), ...(await withoutUs(agent, printed))];
}

const settings = (printed: Printed) => ({ "managed-settings.json": printed(/managed-settings\.json/) });
const servers = (printed: Printed) => ({ "managed-mcp.json": printed(/managed-mcp\.json/) });

/** With the administrator's files in /etc/claude-code, started by the printed line. */
async function claude(
  agent: Agent,
  printed: Printed,
  files: Readonly<Record<string, string>>,
  script: (folder: string) => readonly Step[],
): Promise<Told> {
  const folder = workFolder();
  const model = await startModel(script(folder));
  const [, ...args] = printed(/claude -p/).split(" ");
  const program = [process.execPath, installed("@anthropic-ai", "claude-code", "cli-wrapper.cjs")];
  try {
    const ended = await run([...program, ...args.map((arg) => (arg === '"..."' ? "Go on." : arg))], {
      cwd: folder,
      etc: { "claude-code": workFolder(files) },
      env: {
        ANTHROPIC_BASE_URL: model.url,
        ANTHROPIC_API_KEY: "scripted",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_AUTOUPDATER: "1",
        COUNTERSIGN_AGENT_KEY: agent.key,
        GITHUB_REPOSITORY: REPOSITORY,
      },
    });
    return { ended, answers: model.answers, made: (file) => existsSync(join(folder, file)) };
  } finally {
    model.close();
  }
}

async function supervised(agent: Agent, printed: Printed): Promise<readonly Check[]> {
  const files = { ...settings(printed), ...servers(printed) };
  const { ended, answers, made } = await claude(agent, printed, files, (folder) => [
    { tool: `${MCP}repo_read`, input: FILES },
    { tool: `${MCP}shell_test`, input: PUSH },
    bash("mkdir allowed"),
    bash("echo two > refused.txt && git push --force"),
    { tool: "Write", input: { file_path: join(folder, "written.txt"), content: "three\n" } },
    bash('node -e \'require("fs").writeFileSync("asked.txt", "four")\''),
    { tool: `${MCP}pr_comment`, input: COMMENT },
    {
      tool: `${MCP}call_status`,
      before: (said) => agent.approve(said[6] ?? ""),
      input: (said) => ({ call: idIn(said[6]), wait_seconds: 20 }),
    },
    { tool: `${MCP}repo_read`, input: FILES, before: () => agent.stop() },
    bash("mkdir stopped"),
  ]);
  const carried = carriedOut(await agent.entries("call.execute"));
  return [
    ["it ends by itself", ended.code === 0, ended.err + ended.out],
    ["an allowed call runs, and its answer reaches the model", /lines\.reduce/.test(answers[0] ?? ""), answers[0]],
    ["the log has it, with its intent before it", carried.includes("repo.read"), carried.join(" ")],
    [
      "a refused call does not run, and says why",
      /never rewritten/.test(answers[1] ?? "") && !carried.includes("shell.test"),
      answers[1],
    ],
    ["a tool of its own that is allowed runs", made("allowed"), answers[2]],
    [
      "a tool of its own that is refused does not run, and says why",
      !made("refused.txt") && /Countersign: .*sends and fetches nothing/.test(answers[3] ?? ""),
      answers[3],
    ],
    ["it writes in its own folder", made("written.txt"), answers[4]],
    [
      "what a person would be asked about is answered by permission.prompt: nobody sits there, so no",
      !made("asked.txt") && /person/.test(answers[5] ?? ""),
      answers[5],
    ],
    [
      "a call that waits for a person gives a receipt",
      /pending.*A person looks at it/.test(answers[6] ?? ""),
      answers[6],
    ],
    [
      "after a person's yes on the page it is done, and its answer reaches the model",
      /Commented on acme\/shop#2/.test(answers[7] ?? "") && carried.includes("pr.comment"),
      answers[7],
    ],
    ["the kill switch stops calls", /This agent is stopped/.test(answers[8] ?? ""), answers[8]],
    [
      "the kill switch stops its own tools",
      !made("stopped") && /This agent is stopped/.test(answers[9] ?? ""),
      answers[9],
    ],
  ];
}

/** No hook: Claude Code asks by permission.prompt alone, as the servers' file and the line are printed. */
async function byPrompt(place: Place): Promise<readonly Check[]> {
  const agent = await place.agent("claude-code by prompt");
  const printed = await agent.printed("claude-code");
  const outside = join(workFolder(), "outside.txt");
  const { answers, made } = await claude(agent, printed, servers(printed), (folder) => [
    { tool: "Write", input: { file_path: join(folder, "written.txt"), content: "one\n" } },
    { tool: "Write", input: { file_path: join(folder, ".github/workflows/ci.yml"), content: "on: push\n" } },
    { tool: "Write", input: { file_path: outside, content: "two\n" } },
    bash("mkdir allowed"),
    bash("git push --force origin topic > refused.txt"),
    { tool: `${MCP}repo_read`, input: FILES },
    bash("echo three > asked.txt"),
  ]);
  return [
    ["permission.prompt, without a hook: a file of the folder is written", made("written.txt"), answers[0]],
    [
      "permission.prompt: a file that guards the repository is not",
      !made(".github/workflows/ci.yml") && /guard the repository/.test(answers[1] ?? ""),
      answers[1],
    ],
    [
      "permission.prompt: a file outside is not",
      !existsSync(outside) && /Countersign|outside|out of/.test(answers[2] ?? ""),
      answers[2],
    ],
    ["permission.prompt: an allowed command runs", made("allowed"), answers[3]],
    [
      "permission.prompt: a refused command does not, and says why",
      !made("refused.txt") && /sends and fetches nothing/.test(answers[4] ?? ""),
      answers[4],
    ],
    ["permission.prompt: a call of Countersign's runs", /lines\.reduce/.test(answers[5] ?? ""), answers[5]],
    [
      "permission.prompt: a command that changes a file is asked about: nobody sits there, so no",
      !made("asked.txt") && /person/.test(answers[6] ?? ""),
      answers[6],
    ],
  ];
}

/** Countersign is not there: nothing of its own may run. */
async function withoutUs(agent: Agent, printed: Printed): Promise<readonly Check[]> {
  const gone = Object.fromEntries(
    Object.entries(settings(printed)).map(([name, text]) => [
      name,
      text.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "http://127.0.0.1:9"),
    ]),
  );
  const none = () => printed(/claude -p/).replace(/--permission-prompt-tool \S+ /, "");
  const { answers, made } = await claude(agent, none, gone, () => [bash("mkdir alone")]);
  return [["fails closed: when Countersign is away, its own tools do not run", !made("alone"), answers[0]]];
}
