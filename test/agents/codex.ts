// A real Codex, with the configuration that `countersign agent connect codex` prints, and a scripted model.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { codexConfig } from "../../src/cli/connect/codex.ts";
import { startModel, type Step } from "./model.ts";
import { KEY, startPlace, type Place } from "./place.ts";
import { installed, run, workFolder } from "./program.ts";
import type { Check } from "./check.ts";

const namespace = "mcp__countersign";
const FILES = { repository: "acme/shop", paths: ["a.ts"] };
const MERGE = { repository: "acme/shop", pull_request: 7, head_sha: "a".repeat(40) };

const script = (place: Place): readonly Step[] => [
  { tool: "repo_read", namespace, input: FILES },
  { tool: "shell_test", namespace, input: { repository: "acme/shop", command: "git push --force" } },
  { tool: "pr_merge", namespace, input: MERGE },
  {
    tool: "call_status",
    namespace,
    input: (answers) => ({ call: /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(answers[2] ?? "")?.[0] ?? "", wait_seconds: 0 }),
    before: place.approve,
  },
  { tool: "repo_read", namespace, input: FILES, before: place.kill },
];

export async function codex(): Promise<readonly Check[]> {
  const place = await startPlace();
  const model = await startModel(script(place));
  const at = { url: place.url, tenant: "acme", agent: "fixer", repository: null };
  const provider = [
    'model = "scripted"',
    'model_provider = "scripted"',
    'approval_policy = "on-request"',
    'sandbox_mode = "workspace-write"',
    "",
    codexConfig(at),
    "",
    "[model_providers.scripted]",
    'name = "scripted"',
    `base_url = ${JSON.stringify(`${model.url}/v1`)}`,
    'wire_api = "responses"',
    'env_key = "SCRIPTED_KEY"',
    "",
  ].join("\n");
  const folder = workFolder({ ".codex/config.toml": provider });
  try {
    const ended = await run([installed(".bin", "codex"), "exec", "--skip-git-repo-check", "Go on."], {
      cwd: folder,
      env: { CODEX_HOME: join(folder, ".codex"), SCRIPTED_KEY: "x", COUNTERSIGN_AGENT_KEY: KEY },
    });
    const { answers } = model;
    return [
      ["it ends by itself", ended.code === 0, `${ended.err}\n${ended.out}`],
      [
        "an allowed call runs, and its answer reaches the model",
        answers[0]?.includes("the-answer-of-the-tool") ?? false,
        answers[0] ?? [...model.offered].join(" "),
      ],
      [
        "a refused call does not run, and says why",
        /rewrite history/.test(answers[1] ?? "") && !place.executed.includes("shell.test"),
        answers[1],
      ],
      ["a call that waits for a person gives a receipt", /pending/.test(answers[2] ?? ""), answers[2]],
      [
        "after the approval it is done",
        (answers[3]?.includes("the-answer-of-the-tool") ?? false) && place.executed.includes("pr.merge"),
        answers[3],
      ],
      ["the kill switch stops calls", /kill switch/.test(answers[4] ?? ""), answers[4]],
      ["fails closed: without Countersign it does not start", await refusesWithoutUs()],
    ];
  } finally {
    model.close();
    await place.close();
  }

  async function refusesWithoutUs(): Promise<boolean> {
    const gone = provider.replaceAll(place.url, "http://127.0.0.1:9");
    const empty = workFolder({ ".codex/config.toml": gone });
    const ended = await run([installed(".bin", "codex"), "exec", "--skip-git-repo-check", "Go on."], {
      cwd: empty,
      env: { CODEX_HOME: join(empty, ".codex"), SCRIPTED_KEY: "x", COUNTERSIGN_AGENT_KEY: KEY },
    });
    return ended.code !== 0 && !existsSync(join(empty, "alone.txt"));
  }
}
