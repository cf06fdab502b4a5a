// How a pull request of the story is opened: a push, a pull request, and time that passes.

import { account, acts, repository, type World } from "./world/index.ts";

/** The human on whose behalf an agent opened a pull request. */
export interface Asked {
  readonly owner: string;
  readonly repositoryId: number;
  readonly number: number;
  readonly userId: number;
  readonly login: string;
}

const MINUTE = 60_000;

/** Stands still but for what passes in the story; live from `begin` on. */
export function clock(startMs: number) {
  let frozen: number | null = startMs;
  return {
    now: (): number => frozen ?? Date.now(),
    pass: (ms: number): void => {
      if (frozen !== null) frozen += ms;
    },
    live: (): void => {
      frozen = null;
    },
  };
}

export type Pass = (ms: number) => void;

interface Change {
  readonly repo: string;
  readonly branch: string;
  readonly by: string;
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  readonly base?: string;
  readonly body?: string;
  readonly askedBy?: string;
  readonly draft?: boolean;
}

export function opener(w: World, pass: Pass, asked: Asked[]) {
  return (change: Change): { readonly repo: string; readonly number: number } => {
    pass(7 * MINUTE);
    acts.push(w, {
      repo: change.repo,
      branch: change.branch,
      by: change.by,
      files: change.files,
      message: change.title,
    });
    pass(MINUTE);
    const number = acts.openPullRequest(w, {
      repo: change.repo,
      by: change.by,
      head: change.branch,
      title: change.title,
      body: change.body ?? "",
      draft: change.draft ?? false,
      ...(change.base === undefined ? {} : { base: change.base }),
    });
    const by = change.askedBy === undefined ? null : account(w, change.askedBy);
    if (by !== null)
      asked.push({
        owner: change.repo.split("/", 1)[0] ?? "",
        repositoryId: repository(w, change.repo).id,
        number,
        userId: by.id,
        login: by.login,
      });
    pass(10 * MINUTE);
    return { repo: change.repo, number };
  };
}
