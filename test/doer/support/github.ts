// Tools as an execution runs them: a real lease broker and its proxy, the local GitHub, git over smart HTTP, and the sandbox.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { scene, serveWorld } from "#demo/world";
import type { DoerOutcome, Packet } from "#gateway";
import type { Json } from "#kernel";
import { readProgram } from "#platform/process";
import { NO_RULES } from "#sqlguard";
import { runInSandbox } from "#sandbox/io";
import { readOutcome } from "../../../src/gateway/io/dispatch/outcome.ts";
import { startGitHost } from "../../leases/support/git-host.ts";
import type { TestDatabase } from "../../support/database.ts";
import { doerLab } from "./lab.ts";
import { leasedOf } from "./leased.ts";
import { appOf, toolsOf } from "./tools.ts";

export type Git = (cwd: string, ...args: readonly string[]) => Promise<string>;

/** `seed`: makes acme/app's history in a folder that is a repository already, and pushes it to `bare`. Called while a file is collected. */
export async function githubLab(t: TestDatabase, seed: (git: Git, folder: string, bare: string) => Promise<void>) {
  const given = scene();
  const world = await serveWorld(given.world);
  const acme = await t.tenant("acme", given.installation);
  const { app, repository } = appOf(given, acme);
  const root = mkdtempSync(join(tmpdir(), "countersign-tools-"));
  const lab = doerLab(t);
  const git: Git = async (cwd, ...args) => {
    const env = { PATH: process.env["PATH"] ?? "", HOME: root, GIT_CONFIG_NOSYSTEM: "1" };
    const read = await readProgram({ program: "git", args: ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], env }, { cwd }); // prettier-ignore
    if (read.kind === "failed") throw read.cause;
    return read.out.toString("utf8").trim();
  };
  const bare = join(root, "acme/app.git");
  const folder = join(root, "seed");
  await git(root, "init", "--quiet", "--bare", "--initial-branch=main", bare);
  await git(root, "init", "--quiet", "--initial-branch=main", folder);
  await seed(git, folder, bare);
  const host = await startGitHost(
    root,
    () => [...given.world.tokens.values()].findLast(({ revoked }) => !revoked)?.text ?? "",
  );
  afterAll(async () => {
    await host.close();
    await world.close();
    rmSync(root, { recursive: true, force: true });
  });
  const leases = await leasedOf(t, given, host.url);

  /** A packet with the gateway's signature, by a doer with everything that it has. */
  async function run(
    tool: Packet["tool"],
    args: Readonly<Record<string, Json>>,
    more: Parameters<typeof toolsOf>[3] = {},
  ): Promise<DoerOutcome | null> {
    const tools = toolsOf(lab, acme, leases, {
      scrub: async (texts) => texts.map((text) => text.replaceAll(/hunter2/g, "[secret]")),
      select: { leases, rulesOf: async () => NO_RULES, appendFor: () => async () => expect.unreachable() },
      ...more,
    });
    const doer = lab.doer({ tools, leases, sandbox: runInSandbox });
    const signed = await lab.sign(acme, { tool, args: { repository: "acme/app", ...args }, repository });
    const { call } = lab.packetOf(signed);
    await lab.hand(doer, acme, signed);
    return t.db.withTenant(acme.claim, (tx) => readOutcome(t.keys, tx, call));
  }
  return { given, acme, app, lab, leases, root, git, bare, run };
}
