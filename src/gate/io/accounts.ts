// Who is who in GitHub's answers.

import { userId } from "#kernel";
import type { Account, AccountType, Commit } from "../facts.ts";
import type { CommitAnswer, GitActor, Who } from "./answers.ts";

export function toAccount(who: Who | null | undefined): Account | null {
  if (who === null || who === undefined || who.databaseId === null || who.databaseId === undefined) return null;
  return { id: who.databaseId, login: who.login, type: typeOf(who.__typename) };
}

/** A kind of account that GitHub may add one day is no human. */
function typeOf(name: string): AccountType {
  return name === "User" || name === "Bot" || name === "Organization" ? name : "Mannequin";
}

const BOT_ADDRESS = /^(\d{1,15})\+([A-Za-z0-9-]{1,100}\[bot\])@users\.noreply\.github\.com$/;
const WEB_FLOW = "noreply@github.com";
const webFlow = userId(19_864_447);

/**
 * GitActor.user is null for bots, so their noreply address is read. That is the trust GitHub itself puts into a commit's
 * address (anybody can write any): it can attribute a commit to another account, and never makes anybody eligible.
 */
export function gitAccount(actor: GitActor): Account | null {
  if (actor === null || actor === undefined) return null;
  if (actor.user !== null && actor.user !== undefined)
    return { id: actor.user.databaseId, login: actor.user.login, type: "User" };
  const email = actor.email?.trim() ?? "";
  if (email === WEB_FLOW && webFlow !== null) return { id: webFlow, login: "web-flow", type: "User" };
  const found = BOT_ADDRESS.exec(email);
  const id = found === null ? null : userId(Number(found[1]));
  return found === null || id === null ? null : { id, login: found[2] ?? "", type: "Bot" };
}

/** null: more authors than were read. `authors` names the author first, then everybody in Co-authored-by trailers. */
export function toCommit({ commit }: CommitAnswer): Commit | null {
  const { totalCount, nodes } = commit.authors;
  if (totalCount > nodes.length) return null;
  const author = gitAccount(commit.author);
  const others = nodes.filter((node) => !sameActor(node, commit.author));
  const accounts = others.map(gitAccount);
  return {
    sha: commit.oid,
    author,
    committer: gitAccount(commit.committer),
    coauthors: accounts.filter((account) => account !== null),
    unmappedCoauthors: others.filter((_, i) => accounts[i] === null).map((node) => node?.email ?? "unknown"),
  };
}

function sameActor(a: GitActor, b: GitActor): boolean {
  return a?.email === b?.email && a?.user?.databaseId === b?.user?.databaseId;
}
