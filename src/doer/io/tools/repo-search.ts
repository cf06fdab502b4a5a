import { repoSearchArguments, TOOL_DECLARATIONS } from "#gateway";
import type { Json } from "#kernel";
import { isCredentialPath } from "#policy";
import { cut, inKeys, KEY_MARK } from "../../cut.ts";
import { done, type ToolWork } from "../../work.ts";
import { literally, outputOf, withCheckout } from "./checkout.ts";
import { told } from "./told.ts";

const LINE = 1_000;

export const repoSearch =
  (host: string): ToolWork =>
  async (bench) => {
    const { ref, pattern, regex, paths, most } = repoSearchArguments.parse(bench.packet.args);
    return withCheckout(bench, { names: [ref ?? "HEAD"], host, depth: 1 }, async ({ run, commits: [commit = ""] }) => {
      const grep = async (below: readonly string[], ...how: readonly string[]): Promise<readonly Found[]> => {
        const command = ["/usr/bin/git", "grep", "-n", "-I", "-z", "--no-color", "--threads=1", ...how] as const;
        const searched = await run([...command, commit, "--", ...below], TOOL_DECLARATIONS["repo.search"].budget);
        // 1: there is none.
        return outputOf(searched, [0, 1])
          .split("\n")
          .flatMap((line) => foundIn(line, commit));
      };
      const all = await grep(literally(paths), `--max-count=${most + 1}`, regex ? "-E" : "-F", "-e", pattern);
      // INVARIANT: what repo.read does not show, is not read line by line either: no file of credentials, and no line of a key in another.
      const files = [...new Set(all.map(({ path }) => path))];
      const marks = files.length === 0 ? [] : await grep(literally(files), "-E", "-e", KEY_MARK);
      const keys = new Map(files.map((path) => [path, inKeys(marks.filter((mark) => mark.path === path))]));
      const found = all.filter(({ path, line }) => !isCredentialPath(path) && keys.get(path)?.(line) !== true);
      const more = found.length > most;
      return done(`${more ? `More than ${most}` : found.length} lines at ${commit.slice(0, 12)}.`, {
        commit,
        matches: found
          .slice(0, most)
          .map(({ path, line, text }): Json => ({ path, line, found: told("file", cut(text, LINE)) })),
        more,
      });
    });
  };

interface Found {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

/** `commit:path NUL line NUL text`: no name of a file can pretend to be another. */
function foundIn(row: string, commit: string): readonly Found[] {
  const [place = "", number = "", ...rest] = row.split("\u0000");
  if (!place.startsWith(`${commit}:`) || !/^\d+$/.test(number)) return [];
  return [{ path: place.slice(commit.length + 1), line: Number(number), text: rest.join("\u0000") }];
}
