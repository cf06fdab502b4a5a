import * as acts from "../acts/index.ts";
import type { StagedClock } from "../model/clock.ts";
import type { World } from "../world.ts";

/** What one pull request of the demo shows. `expects` is the reason the gate's verdict should name. */
export interface DemoCase {
  readonly repo: string;
  readonly number: number;
  readonly expects: string;
}

export interface DemoTenant {
  readonly organisation: "acme" | "globex";
  readonly installation: number;
  readonly repositories: readonly string[];
  /** Who can be acted as, and who they are. */
  readonly people: readonly { readonly login: string; readonly role: string }[];
}

export const AGENT = "agent[bot]";
export const PRODUCTION = ["~DEFAULT_BRANCH", "refs/heads/release/*"] as const;

/** The acts of one repository, told in order. */
export interface Story {
  readonly w: World;
  readonly clock: StagedClock;
  readonly repo: string;
  readonly cases: DemoCase[];
}

export interface Chapter {
  readonly branch: string;
  readonly title: string;
  readonly minutesAgo: number;
  readonly files: Readonly<Record<string, string>>;
  readonly expects: string;
  readonly by?: string;
  readonly base?: string;
  readonly draft?: boolean;
}

/** An agent (unless named) pushes a branch and opens a pull request for it; `then` runs ten minutes later. */
export function tell(
  story: Story,
  chapter: Chapter,
  then: (at: { readonly repo: string; readonly number: number }) => void = () => {},
): void {
  const { w, clock, repo } = story;
  const by = chapter.by ?? AGENT;
  const base = chapter.base ?? "main";
  clock.ago(chapter.minutesAgo);
  acts.push(w, { repo, branch: chapter.branch, by, from: base, files: chapter.files, message: chapter.title });
  clock.ago(chapter.minutesAgo - 1);
  const number = acts.openPullRequest(w, {
    repo,
    by,
    head: chapter.branch,
    base,
    title: chapter.title,
    body: "Opened by the coding agent for a ticket.",
    draft: chapter.draft ?? false,
  });
  clock.ago(chapter.minutesAgo - 10);
  then({ repo, number });
  story.cases.push({ repo, number, expects: chapter.expects });
}
