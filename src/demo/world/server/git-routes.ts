// GitHub's git data: blobs, trees, commits and refs one by one, as whoever commits without a clone makes them.

import { z } from "zod";
import { moveBranch } from "../acts/branches.ts";
import { addCommit, signed } from "../model/commits.ts";
import { orGhost } from "../model/find.ts";
import { entryOf, keptAs } from "../model/entries.ts";
import type { Tree } from "../model/git.ts";
import { isAncestor } from "../model/history.ts";
import { oidOf, treeObjects, treeShaOf } from "../model/objects.ts";
import { activeRulesets } from "../model/rules.ts";
import type { Repository } from "../model/repositories.ts";
import { changed, folderOf } from "../model/trees.ts";
import { blobShape, gitCommitShape, madeBlobShape, refShape, treeShape } from "../shapes/git.ts";
import { type Answer, appOf, type Call, notFound, ok, parse, Refused, repoOf, type Route } from "./route.ts";

const BlobBody = z.object({ content: z.string(), encoding: z.enum(["utf-8", "base64"]).default("utf-8") });
const TreeBody = z.object({
  base_tree: z.string().optional(),
  tree: z.array(
    z.object({
      path: z.string(),
      mode: z.enum(["100644", "100755"]),
      type: z.literal("blob"),
      sha: z.string().nullable(),
    }),
  ),
});
/** What git lets nobody call a file. */
const NO_PART = /^(?:|\.\.?|\.git)$|\0/i;
const CommitBody = z.object({ message: z.string(), tree: z.string(), parents: z.array(z.string()).default([]) });
/** As `git check-ref-format` has it. */
const BRANCH = /^refs\/heads\/(?!.*(?:\.\.|\/\/|\/\.|@\{|\.lock(?:\/|$)|[./]$))[^\0-\x20\x7F~^:?*[\\]+$/;
const NewRef = z.object({ ref: z.string().regex(BRANCH), sha: z.string() });
const MovedRef = z.object({ sha: z.string(), force: z.boolean().default(false) });

function treeOf(repo: Repository, sha: string): Tree | undefined {
  const { trees, commits } = repo.network;
  for (const tree of [...trees.values(), ...[...commits.values()].map((commit) => commit.tree)])
    for (const [folder, { oid }] of treeObjects(tree)) if (oid === sha) return folderOf(tree, folder);
  return undefined;
}

function addBlob(call: Call): Answer {
  const repo = repoOf(call);
  const { content, encoding } = parse(BlobBody, call.body);
  const kept = keptAs("100644", Buffer.from(content, encoding));
  const sha = oidOf(kept);
  repo.network.blobs.set(sha, kept);
  return ok(madeBlobShape(call.w, repo, sha), 201);
}

function blob(call: Call): Answer {
  const repo = repoOf(call);
  const wanted = call.params["file_sha"] ?? "";
  const { blobs, commits } = repo.network;
  for (const kept of [blobs, ...[...commits.values()].map(({ tree }) => tree)].flatMap((held) => [...held.values()]))
    if (oidOf(kept) === wanted) return ok(blobShape(call.w, repo, wanted, entryOf(kept).bytes));
  throw notFound();
}

function addTree(call: Call): Answer {
  const repo = repoOf(call);
  const { base_tree: base, tree } = parse(TreeBody, call.body);
  const before = base === undefined ? new Map<string, string>() : treeOf(repo, base);
  if (before === undefined) throw new Refused(404, "Not Found");
  const files = tree.map(({ path, mode, sha }): readonly [string, string | null] => {
    if (path.split("/").some((part) => NO_PART.test(part)))
      throw new Refused(422, "tree.path contains a malformed path component");
    const kept = sha === null ? null : repo.network.blobs.get(sha);
    if (kept === undefined) throw new Refused(422, `tree.sha ${sha} is not a valid blob`);
    return [path, kept === null ? null : keptAs(mode, entryOf(kept).bytes)];
  });
  const next = changed(before, Object.fromEntries(files));
  repo.network.trees.set(treeShaOf(next), next);
  return ok(treeShape(call.w, repo, next, false), 201);
}

function tree(call: Call): Answer {
  const repo = repoOf(call);
  const found = treeOf(repo, call.params["tree_sha"] ?? "");
  if (found === undefined) throw notFound();
  return ok(treeShape(call.w, repo, found, call.query["recursive"] !== undefined));
}

/** By the App itself: without an author GitHub signs it in the App's name. */
function addOne(call: Call): Answer {
  const { w } = call;
  const repo = repoOf(call);
  const { message, tree: wanted, parents } = parse(CommitBody, call.body);
  const files = treeOf(repo, wanted);
  if (files === undefined) throw new Refused(422, "Tree SHA does not exist");
  if (parents.some((sha) => !repo.network.commits.has(sha))) throw new Refused(422, "Parent SHA does not exist");
  const by = signed(orGhost(w, appOf(call).botId), w.now());
  const made = addCommit(repo.network, { tree: files, parents, author: by, committer: by, message, web: true });
  return ok(gitCommitShape(w, repo, made), 201);
}

function one(call: Call): Answer {
  const repo = repoOf(call);
  const found = repo.network.commits.get(call.params["commit_sha"] ?? "");
  if (found === undefined) throw notFound();
  return ok(gitCommitShape(call.w, repo, found));
}

const branchIn = (call: Call): string => (call.params["ref"] ?? "").replace(/^heads\//, "");

/** A ruleset that asks for a pull request, or lets nobody update, keeps an App's own push out. */
function demandOpen(call: Call, repo: Repository, branch: string): void {
  const closed = activeRulesets(call.w, repo, branch).some(({ rules }) =>
    rules.some(({ type }) => type === "update" || type === "pull_request"),
  );
  if (closed)
    throw new Refused(422, "Repository rule violations found\n\nChanges must be made through a pull request.");
}

function ref(call: Call): Answer {
  const repo = repoOf(call);
  const sha = repo.branches.get(branchIn(call));
  if (sha === undefined) throw notFound();
  return ok(refShape(call.w, repo, branchIn(call), sha));
}

function move(call: Call, branch: string, to: string, status: number): Answer {
  const repo = repoOf(call);
  if (!repo.network.commits.has(to)) throw new Refused(422, "Object does not exist");
  demandOpen(call, repo, branch);
  moveBranch(call.w, repo, { branch, to, by: orGhost(call.w, appOf(call).botId) });
  return ok(refShape(call.w, repo, branch, to), status);
}

function addRef(call: Call): Answer {
  const given = parse(NewRef, call.body);
  const branch = given.ref.replace(/^refs\/heads\//, "");
  if (repoOf(call).branches.has(branch)) throw new Refused(422, "Reference already exists");
  return move(call, branch, given.sha, 201);
}

function moveRef(call: Call): Answer {
  const repo = repoOf(call);
  const { sha, force } = parse(MovedRef, call.body);
  const before = repo.branches.get(branchIn(call));
  if (before === undefined) throw new Refused(422, "Reference does not exist");
  if (!force && !isAncestor(repo.network, before, sha)) throw new Refused(422, "Update is not a fast forward");
  return move(call, branchIn(call), sha, 200);
}

export const gitRoutes: readonly Route[] = [
  { name: "POST /repos/{owner}/{repo}/git/blobs", needs: ["contents", "write"], handle: addBlob },
  { name: "GET /repos/{owner}/{repo}/git/blobs/{file_sha}", needs: ["contents", "read"], handle: blob },
  { name: "POST /repos/{owner}/{repo}/git/trees", needs: ["contents", "write"], handle: addTree },
  { name: "GET /repos/{owner}/{repo}/git/trees/{tree_sha}", needs: ["contents", "read"], handle: tree },
  { name: "POST /repos/{owner}/{repo}/git/commits", needs: ["contents", "write"], handle: addOne },
  { name: "GET /repos/{owner}/{repo}/git/commits/{commit_sha}", needs: ["contents", "read"], handle: one },
  { name: "GET /repos/{owner}/{repo}/git/ref/{ref}", needs: ["contents", "read"], handle: ref },
  { name: "POST /repos/{owner}/{repo}/git/refs", needs: ["contents", "write"], handle: addRef },
  { name: "PATCH /repos/{owner}/{repo}/git/refs/{ref}", needs: ["contents", "write"], handle: moveRef },
];
