import type { Signature } from "./accounts.ts";

/** By path: a text, or what entries.ts makes of anything else. */
export type Tree = ReadonlyMap<string, string>;

export interface Commit {
  readonly sha: string;
  readonly treeSha: string;
  readonly parents: readonly string[];
  readonly tree: Tree;
  readonly author: Signature & { readonly at: number };
  readonly committer: Signature & { readonly at: number };
  readonly message: string;
  /** Made by GitHub itself (a merge button, the web editor): signed by GitHub, so `verified`. */
  readonly web: boolean;
}

/** A repository and its forks share their commits, as on GitHub: a commit of a fork can be read through its parent. */
export interface Network {
  readonly commits: Map<string, Commit>;
  /** Made one by one, before a commit names them: by their hashes. */
  readonly trees: Map<string, Tree>;
  readonly blobs: Map<string, string>;
}

export interface FileChange {
  readonly path: string;
  readonly status: "added" | "modified" | "changed" | "removed" | "renamed";
  readonly previousPath: string | null;
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
}

export const EMPTY: Tree = new Map<string, string>();
export const ZERO = "0".repeat(40);
