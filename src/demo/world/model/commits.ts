import type { World } from "../world.ts";
import { type Account, noreply, type Signature, signatureOf } from "./accounts.ts";
import type { Commit, Network, Tree } from "./git.ts";
import { commitObject, treeShaOf } from "./objects.ts";

export interface CommitDraft {
  readonly tree: Tree;
  readonly parents: readonly string[];
  readonly author: Signature & { readonly at: number };
  readonly committer: Signature & { readonly at: number };
  readonly message: string;
  readonly web?: boolean;
}

/** Stores a commit under git's own name for it: equal content has one SHA, and git knows times to the second. */
export function addCommit(network: Network, draft: CommitDraft): Commit {
  const treeSha = treeShaOf(draft.tree);
  const sha = commitObject({ ...draft, treeSha }).oid;
  const commit: Commit = { ...draft, sha, treeSha, web: draft.web ?? false };
  if (!network.commits.has(sha)) network.commits.set(sha, commit);
  return commit;
}

/** Who an address belongs to, by GitHub's mapping: noreply addresses name the id, others were claimed. */
export function accountOfEmail(w: World, email: string): Account | null {
  const living = [...w.accounts.values()].filter((account) => !account.removed && account.type !== "Organization");
  const id = /^(\d+)\+.+@users\.noreply\.github\.com$/i.exec(email)?.[1];
  if (id !== undefined) return living.find((account) => account.id === Number(id)) ?? null;
  const wanted = email.toLowerCase();
  return living.find((account) => account.emails.some((own) => own.toLowerCase() === wanted)) ?? null;
}

const TRAILER = /^co-authored-by:\s*(?<name>.+?)\s*<(?<email>[^>]+)>\s*$/gim;

export function coauthorsOf(message: string): readonly Signature[] {
  return [...message.matchAll(TRAILER)].map(({ groups }) => ({
    name: groups?.["name"] ?? "",
    email: groups?.["email"] ?? "",
  }));
}

export const signed = (account: Account, at: number): Signature & { readonly at: number } => ({
  ...signatureOf(account),
  at,
});

export const coauthoredBy = (account: Account): string => `Co-authored-by: ${account.login} <${noreply(account)}>`;

export const WEB_COMMITTER: Signature = { name: "GitHub", email: "noreply@github.com" };
