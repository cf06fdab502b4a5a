import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { readProgram } from "#platform/process";

/** The machine's own git, with nobody's configuration, in a folder that goes with the file. */
export function plainGit() {
  const folder = mkdtempSync(join(tmpdir(), "countersign-plain-git-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const tried = (
    args: readonly string[],
    { env = {}, input }: { readonly env?: Readonly<Record<string, string>>; readonly input?: string | Buffer } = {},
  ): ReturnType<typeof readProgram> =>
    readProgram(
      {
        program: "git",
        args,
        env: {
          PATH: process.env["PATH"] ?? "",
          HOME: folder,
          LC_ALL: "C.UTF-8",
          GIT_CONFIG_NOSYSTEM: "1",
          GIT_TERMINAL_PROMPT: "0",
          ...env,
        },
      },
      { cwd: folder, ...(input === undefined ? {} : { input: Buffer.from(input) }) },
    );
  const git = async (...given: Parameters<typeof tried>): Promise<string> => {
    const read = await tried(...given);
    return read.kind === "ended" ? read.out.toString("utf8").trimEnd() : expect.unreachable(read.error);
  };
  return { folder, git, tried };
}
