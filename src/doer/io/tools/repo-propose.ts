import { z } from "zod";
import type { FileEdit } from "#policy";
import { repoProposeArguments, type Packet, type RepoProposeArguments } from "#gateway";
import { edited, type Before, type Edited } from "../../edits.ts";
import { seenIn } from "../../hazards.ts";
import { done, unable, Unable, unknown, type ToolAnswer, type ToolWork } from "../../work.ts";
import { defaultBranch, part, parts, withApi, type Api, type Written } from "./api.ts";
import { attributed, quiet, uncalled } from "./pr-comment.ts";

/** The same texts with what looks like a credential taken out. */
export type Scrub = (texts: readonly string[]) => Promise<readonly string[]>;

const shaShape = z.object({ sha: z.string() });
const refShape = z.object({ object: z.object({ sha: z.string() }) });
const commitShape = z.object({ sha: z.string(), tree: shaShape });
const treeShape = z.object({
  truncated: z.boolean(),
  tree: z.array(z.object({ path: z.string(), mode: z.string(), type: z.string() })),
});
const fileShape = z.object({ type: z.string(), encoding: z.string(), content: z.string() });
const compareShape = z.object({ status: z.string() });
const branchesShape = z.array(z.object({ name: z.string() }));
/** Of a hundred each. */
const MOST_PAGES = 10;
const pullShape = z.object({ number: z.int(), html_url: z.string(), draft: z.boolean().nullish() });

const FILE_MODES = ["100644", "100755"];

/** Branch, commit, draft pull request: over GitHub's API, so that nothing of the repository is ever on our disk. */
export const repoPropose =
  (scrub: Scrub): ToolWork =>
  async (bench) => {
    const { packet } = bench;
    const args = repoProposeArguments.parse(packet.args);
    const texts = [args.title, args.body, args.branch, ...args.changes.flatMap(wordsOf)];
    const clean = await scrub(texts);
    // INVARIANT: a credential that is pushed once is public for ever, whatever is removed afterwards.
    if (texts.some((text, at) => clean[at] !== text))
      return unable("Something in it looks like a credential.", "Take it out, and name the sealed value instead.");
    return withApi(bench, { contents: "write", pull_requests: "write" }, (api) => propose(api, packet, args));
  };

const wordsOf = (change: RepoProposeArguments["changes"][number]): readonly string[] =>
  change.kind === "write" ? [change.content] : change.kind === "edit" ? [change.replace] : [];

async function propose(api: Api, packet: Packet, args: RepoProposeArguments): Promise<ToolAnswer> {
  const main = await defaultBranch(api);
  const base = args.base ?? main;
  const refusal = await whyNot(api, packet, args, [main, base]);
  if (refusal !== null) return refusal;
  const into = await api.get(`git/ref/heads/${parts(base)}`, refShape);
  // INVARIANT: asked before anything is written: a pull request goes into a branch, and into no commit or tag.
  if (into === "absent") return unable(`There is no branch ${base} for a pull request to go into.`, "Name a branch as base, or leave it out."); // prettier-ignore
  const there = await api.get(`git/ref/heads/${parts(args.branch)}`, refShape);
  const parent = there === "absent" ? into.object.sha : there.object.sha;
  const commit = await api.get(`git/commits/${parent}`, commitShape);
  if (commit === "absent") throw new Unable("The branch moved while it was read.", "Make the call again.");
  const tree = await api.get(`git/trees/${commit.tree.sha}?recursive=1`, treeShape);
  if (tree === "absent" || tree.truncated) return unable("The repository has more files than can be looked through here.", "Ask a person to make this change."); // prettier-ignore
  const modes = new Map(tree.tree.map(({ path, mode }) => [path, mode]));
  const edits: Edited[] = [];
  const whole: FileEdit[] = [];
  for (const change of args.changes) {
    const was = await before(api, modes, change.path, parent);
    const edit = edited(change, was);
    edits.push(edit);
    if (edit.kind === "written") whole.push({ path: edit.path, before: was, after: edit.content });
    if (edit.kind === "deleted") whole.push({ path: edit.path, before: was, after: null });
  }
  for (const edit of edits)
    if (edit.kind === "does not fit") return unable(edit.why, "Read the file as it is now, and propose again.");
  const files = edits.filter((edit) => edit.kind === "written" || edit.kind === "deleted");
  if (files.length === 0) return unable("Nothing would change.", "Propose what differs from the branch.");
  const weaker = testsOf(packet, whole, { branch: args.branch, production: [main, base] });
  if (weaker !== null) return weaker;
  // Who is named in a commit's message is called, too, also by whoever squashes the pull request into one of its title.
  const title = uncalled(args.title);
  const made = await commitOn(api, { parent, base: commit.tree.sha, files, modes, title, packet });
  // INVARIANT 24: forwards only. Where somebody else was quicker, nothing is overwritten.
  const pushed = await push(api, args.branch, { made, isNew: there === "absent" });
  if (pushed.kind === "unknown")
    return unknown(
      `Whether the commit ${made} is on ${args.branch} is not known, and no pull request was opened for it. ${pushed.why}`,
      `A person looks at the branch ${args.branch}: where it ends with that commit, they open a pull request for it or delete the branch; where it does not, make the call again.`,
    );
  const opened = await pullFor(api, packet, { ...args, title }, base).catch(orSaid);
  // INVARIANT (A1): what is pushed by now is never told as refused.
  if (typeof opened === "string")
    return {
      kind: "failed",
      why: `The commit ${made} is on ${args.branch}, and no pull request was opened for it: ${opened}`,
    };
  if (opened.kind === "unknown")
    return unknown(
      `The commit ${made} is on ${args.branch}. Whether a pull request was opened for it is not known. ${opened.why}`,
      `A person looks at the pull requests of the branch ${args.branch}, and opens one where there is none.`,
    );
  const pull = opened.made;
  return done(`Proposed as #${pull.number} (${made.slice(0, 12)}).`, {
    commit: made,
    branch: args.branch,
    pull_request: pull.number,
    url: pull.html_url,
    draft: pull.draft ?? null,
    files: files.map(({ path, kind }) => ({ path, kind })),
    unchanged: edits.flatMap((edit) => (edit.kind === "unchanged" ? [edit.path] : [])),
  });
}

/**
 * INVARIANT 24: the call may show less than it does: a file that is written whole, a word inside of an assertion. Here both texts are known,
 * and what nobody was asked about is not done.
 */
function testsOf(
  packet: Packet,
  edits: readonly FileEdit[],
  branches: { readonly branch: string; readonly production: readonly string[] },
): ToolAnswer | null {
  const { hazards, areas } = seenIn(packet, { ...branches, edits });
  if (hazards.includes("checks.bypass"))
    return unable("It switches tests off. No agent may do that.", "Leave the tests on, or ask a person to do it.");
  return areas.includes("weaker_tests") && packet.approval === null
    ? unable(
        "It takes tests out, or changes what they assert or which of them run, and nobody was asked about that.",
        "Name the whole lines that change (an edit with `find`, not the whole file), so that a person can be asked; or leave the tests as they are.",
      )
    : null;
}

/** Protected paths and branches, asked of GitHub and of our own rules at this moment. */
async function whyNot(
  api: Api,
  packet: Packet,
  { branch, title, body, changes }: RepoProposeArguments,
  production: readonly string[],
): Promise<ToolAnswer | null> {
  if (production.includes(branch) || (await isProtected(api, branch)))
    return unable(
      `${branch} is a protected branch: nothing is pushed to it.`,
      "Name a topic branch, such as fix/rounding.",
    );
  const { hazards } = seenIn(packet, {
    branch,
    production,
    messages: [title, body],
    paths: changes.map(({ path }) => path),
  });
  return hazards.length === 0
    ? null
    : unable(`No agent may write that (${hazards.join(", ")}).`, "Leave those files and branches to a person.");
}

/** Looked for in the list: a lease's proxy lets no name with a slash through where one part of a path is meant. */
async function isProtected(api: Api, branch: string): Promise<boolean> {
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const found = await api.get(`branches?protected=true&per_page=100&page=${page}`, branchesShape);
    if (found === "absent") return false;
    if (found.some(({ name }) => name === branch)) return true;
    if (found.length < 100) return false;
  }
  throw new Unable("The repository has more protected branches than can be looked through.", "Ask a person.");
}

async function before(api: Api, modes: ReadonlyMap<string, string>, path: string, at: string): Promise<Before> {
  const mode = modes.get(path);
  if (mode === undefined) return null;
  if (!FILE_MODES.includes(mode)) throw new Unable(`${path} is no file.`, "Name a file.");
  const found = await api.get(`contents/${parts(path)}?ref=${at}`, fileShape);
  if (found === "absent" || found.encoding !== "base64")
    throw new Unable(`${path} is too large to be changed here.`, "Ask a person.");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(found.content, "base64"));
  } catch {
    throw new Unable(`${path} is no text.`, "Ask a person to change it.");
  }
}

/** Why not; what is no answer of GitHub's is thrown on. */
function orSaid(error: unknown): string {
  if (error instanceof Unable) return error.message;
  throw error;
}

interface Made {
  readonly parent: string;
  /** The tree that it begins from. */
  readonly base: string;
  readonly files: readonly Extract<Edited, { kind: "written" | "deleted" }>[];
  readonly modes: ReadonlyMap<string, string>;
  readonly title: string;
  readonly packet: Packet;
}

async function commitOn(api: Api, { parent, base, files, modes, title, packet }: Made): Promise<string> {
  const tree: object[] = [];
  for (const file of files) {
    const mode = modes.get(file.path) ?? "100644";
    const sha =
      file.kind === "deleted"
        ? null
        : (await api.make("git/blobs", { content: file.content, encoding: "utf-8" }, shaShape)).sha;
    tree.push({ path: file.path, mode, type: "blob", sha });
  }
  const written = await api.make("git/trees", { base_tree: base, tree }, shaShape);
  const message = `${title}\n\nCountersign-Call: ${packet.call}\nCountersign-Agent: ${packet.agent}`;
  return (await api.make("git/commits", { message, tree: written.sha, parents: [parent] }, shaShape)).sha;
}

function push(
  api: Api,
  branch: string,
  { made, isNew }: { readonly made: string; readonly isNew: boolean },
): Promise<Written<z.infer<typeof refShape>>> {
  const write = isNew
    ? ({ method: "POST", below: "git/refs", body: { ref: `refs/heads/${branch}`, sha: made } } as const)
    : ({ method: "PATCH", below: `git/refs/heads/${parts(branch)}`, body: { sha: made, force: false } } as const);
  return api.write({ ...write, shape: refShape }, async () => {
    const now = await api.get(`git/ref/heads/${parts(branch)}`, refShape);
    if (now === "absent" || now.object.sha === made) return now;
    // Somebody may have pushed on top of it meanwhile.
    const since = await api.get(`compare/${made}...${now.object.sha}?per_page=1`, compareShape);
    return since !== "absent" && since.status === "ahead" ? now : "absent";
  });
}

async function pullFor(
  api: Api,
  packet: Packet,
  { branch, title, body: said }: RepoProposeArguments,
  base: string,
): Promise<Written<z.infer<typeof pullShape>>> {
  const owner = api.repository.name.split("/", 1)[0] ?? "";
  const below = `pulls?state=open&head=${part(`${owner}:${branch}`)}&base=${part(base)}`;
  const open = async (): Promise<z.infer<typeof pullShape> | "absent"> => {
    const found = await api.get(below, z.array(pullShape));
    return found === "absent" ? found : (found[0] ?? "absent");
  };
  const before = await open();
  if (before !== "absent") return { kind: "written", made: before };
  const by = `Proposed by an agent (\`${packet.agent}\`, call \`${packet.call}\`) for ${quiet(packet.requester)}.`;
  const text = attributed(by, said);
  const body = { title, head: branch, base, body: text, draft: true };
  return api.write({ method: "POST", below: "pulls", body, shape: pullShape }, open);
}
