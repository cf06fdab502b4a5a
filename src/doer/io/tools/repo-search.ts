import { repoSearchArguments, TOOL_DECLARATIONS } from "#gateway";
import type { Json } from "#kernel";
import { isCredentialPath } from "#policy";
import { done, type ToolWork } from "../../work.ts";
import { literally, outputOf, withCheckout } from "./checkout.ts";
import { told } from "./told.ts";

const LINE = 1_000;

export const repoSearch =
  (host: string): ToolWork =>
  async (bench) => {
    const { ref, pattern, regex, paths, most } = repoSearchArguments.parse(bench.packet.args);
    return withCheckout(bench, { names: [ref ?? "HEAD"], host, depth: 1 }, async ({ run, commits: [commit = ""] }) => {
      const how = ["-n", "-I", "-z", "--no-color", "--threads=1", `--max-count=${most + 1}`, regex ? "-E" : "-F"];
      const where = [commit, "--", ...literally(paths)];
      const searched = await run(
        ["/usr/bin/git", "grep", ...how, "-e", pattern, ...where],
        TOOL_DECLARATIONS["repo.search"].budget,
      );
      // 1: there is none.
      const text = outputOf(searched, [0, 1]);
      const found = text.split("\n").flatMap((line) => matchOf(line, commit));
      const more = found.length > most;
      return done(`${more ? `More than ${most}` : found.length} lines at ${commit.slice(0, 12)}.`, {
        commit,
        matches: found.slice(0, most),
        more,
      });
    });
  };

/** `commit:path NUL line NUL text`: no name of a file can pretend to be another. */
function matchOf(line: string, commit: string): readonly Json[] {
  const [place = "", number = "", ...rest] = line.split("\u0000");
  if (!place.startsWith(`${commit}:`) || !/^\d+$/.test(number)) return [];
  const path = place.slice(commit.length + 1);
  // INVARIANT: what repo.read refuses is not read line by line either.
  if (isCredentialPath(path)) return [];
  return [{ path, line: Number(number), ...asText(rest.join("\u0000")) }];
}

const asText = (text: string): { readonly found: Json } => ({ found: told("file", text.slice(0, LINE)) });
