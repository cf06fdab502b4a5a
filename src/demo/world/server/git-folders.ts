// Repositories as git reads them: bare, in a folder of their own, written out of the world when somebody fetches.

import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import type { Commit } from "../model/git.ts";
import { blobObject, commitObject, type GitObject, treeObjects } from "../model/objects.ts";
import type { Repository } from "../model/repositories.ts";

export interface GitFolders {
  /** Where the repository lies, as it is now. */
  of(repo: Repository): Promise<string>;
  close(): Promise<void>;
}

/** As GitHub: any commit that it holds is had by its id, also one that no branch names any more. */
const CONFIG = `[core]
\trepositoryformatversion = 0
\tbare = true
[uploadpack]
\tallowAnySHA1InWant = true
`;

const squeezed = promisify(deflate);

const objectsOf = (commit: Commit): readonly GitObject[] => [
  commitObject(commit),
  ...treeObjects(commit.tree).values(),
  ...[...commit.tree.values()].flatMap((kept) => blobObject(kept) ?? []),
];

function refsOf(repo: Repository): string {
  const refs = [
    ...[...repo.branches].map(([name, sha]) => [`refs/heads/${name}`, sha] as const),
    ...[...repo.pulls.values()].map(({ number, headSha }) => [`refs/pull/${number}/head`, headSha] as const),
  ];
  return refs.map(([ref, sha]) => `${sha} ${ref}\n`).join("");
}

export function gitFolders(): GitFolders {
  let root: Promise<string> | null = null;
  const written = new Map<number, Set<string>>();
  const turns = new Map<number, Promise<unknown>>();

  async function begin(folder: string, repo: Repository): Promise<void> {
    for (const part of ["objects", "refs"]) await mkdir(join(folder, part), { recursive: true });
    await writeFile(join(folder, "config"), CONFIG);
    await writeFile(join(folder, "HEAD"), `ref: refs/heads/${repo.defaultBranch}\n`);
  }

  /** INVARIANT: refs after the objects they lead to, both of one moment: the world may move while files are written. */
  async function write(repo: Repository): Promise<string> {
    const folder = join(await (root ??= mkdtemp(join(tmpdir(), "countersign-world-git-"))), String(repo.id));
    const there = written.get(repo.id) ?? new Set();
    const objects = [...repo.network.commits.values()].filter(({ sha }) => !there.has(sha)).flatMap(objectsOf);
    const refs = refsOf(repo);
    if (there.size === 0) await begin(folder, repo);
    for (const { oid, bytes } of objects) {
      if (there.has(oid)) continue;
      const within = join(folder, "objects", oid.slice(0, 2));
      await mkdir(within, { recursive: true });
      await writeFile(join(within, oid.slice(2)), await squeezed(bytes));
      there.add(oid);
    }
    written.set(repo.id, there);
    await writeFile(join(folder, "refs.next"), refs);
    await rename(join(folder, "refs.next"), join(folder, "packed-refs"));
    return folder;
  }

  return {
    of(repo) {
      const mine = (turns.get(repo.id) ?? Promise.resolve()).then(() => write(repo));
      turns.set(
        repo.id,
        mine.catch(() => {}),
      );
      return mine;
    },
    async close() {
      await Promise.all(turns.values());
      if (root !== null) await rm(await root, { recursive: true, force: true });
    },
  };
}
