import type { CommitSha, PrNumber, RepoName } from "#kernel";
import type { FileEdit } from "#policy";

/**
 * What of a call's arguments a decision is about. It says what the agent wants, and nothing about the world: whether the repository is
 * there, what is a production branch and which commit is the head is found out afresh (plan.ts).
 */
export interface Subject {
  readonly repository: RepoName | null;
  readonly pull: PrNumber | null;
  /** The commit that the agent says it is about. The pull request's head must be this one. */
  readonly head: CommitSha | null;
  readonly paths: readonly string[];
  /** What is changed in them, as far as the call says it. */
  readonly edits: readonly FileEdit[];
  /** Lines that are written. */
  readonly lines: number;
  readonly command: string | null;
  readonly sql: { readonly connection: string; readonly statement: string } | null;
  /** The branch that is written to. */
  readonly branch: string | null;
  /** As the agent names it. */
  readonly ticket: string | null;
  /** What is said of a commit: some words in it switch checks off. */
  readonly messages: readonly string[];
  /** The agent's own words, and whatever else goes out or is run: screened for credentials, personal data and instructions. */
  readonly texts: readonly string[];
}

export const NOTHING: Subject = {
  repository: null,
  pull: null,
  head: null,
  paths: [],
  edits: [],
  lines: 0,
  command: null,
  sql: null,
  branch: null,
  ticket: null,
  messages: [],
  texts: [],
};
