import { repoDiffArguments, TOOL_DECLARATIONS } from "#gateway";
import { isCredentialPath } from "#policy";
import { done, unable, type Bench, type ToolAnswer, type ToolWork } from "../../work.ts";
import { literally, outputOf, withCheckout, type Checkout } from "./checkout.ts";
import { told } from "./told.ts";

const DIFF_BYTES = 512 * 1024;
/** How far back the last common commit is looked for, before all of the history is fetched. */
const DEPTHS = [100, 0];

export const repoDiff =
  (host: string): ToolWork =>
  async (bench) => {
    const { base, head, paths } = repoDiffArguments.parse(bench.packet.args);
    for (const depth of DEPTHS) {
      const answer = await withCheckout(bench, { names: [base, head], host, depth }, (checkout) =>
        compare(bench, checkout, paths),
      );
      if (answer !== "no common commit") return answer;
    }
    return unable(`${base} and ${head} have no commit in common.`, "Name two of one history.");
  };

async function compare(
  { packet }: Bench,
  { run, commits: [base = "", head = ""] }: Checkout,
  paths: readonly string[],
): Promise<ToolAnswer | "no common commit"> {
  const { budget } = TOOL_DECLARATIONS[packet.tool];
  const git = async (statuses: readonly number[], ...args: readonly string[]): Promise<string> =>
    outputOf(await run(["/usr/bin/git", ...args], budget), statuses);
  const middle = (await git([0, 1], "merge-base", base, head)).trim();
  if (middle === "") return "no common commit";
  const only = ["--", ...literally(paths)];
  const options = ["--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", middle, head];
  const files = (await git([0], "diff", "--numstat", "-z", ...options, ...only)).split("\u0000").flatMap(fileOf);
  // INVARIANT: what repo.read refuses is not read as a diff either.
  const without = files.flatMap(({ path }) => (isCredentialPath(path) ? [`:(exclude,literal)${path}`] : []));
  const { text, whole } = cutAtFile(await git([0], "diff", ...options, ...only, ...without));
  const summary = `${files.length} files between ${middle.slice(0, 12)} and ${head.slice(0, 12)}${whole ? "" : "; the diff is cut"}.`;
  return done(summary, {
    base: middle,
    head,
    files: files.map((file) => ({ ...file })),
    diff: told("file", text),
    whole,
  });
}

interface Counted {
  readonly path: string;
  readonly added: number | null;
  readonly removed: number | null;
}

/** `-` stands for a binary file. */
function fileOf(row: string): readonly Counted[] {
  const [added = "", removed = "", path] = row.split("\t");
  if (path === undefined) return [];
  return [{ path, added: added === "-" ? null : Number(added), removed: removed === "-" ? null : Number(removed) }];
}

function cutAtFile(diff: string): { readonly text: string; readonly whole: boolean } {
  if (diff.length <= DIFF_BYTES) return { text: diff, whole: true };
  const end = diff.lastIndexOf("\ndiff --git ", DIFF_BYTES);
  return { text: end === -1 ? "" : diff.slice(0, end + 1), whole: false };
}
