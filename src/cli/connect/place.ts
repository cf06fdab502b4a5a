/** One agent, and where Countersign is for it. */
export interface Place {
  /** Without a slash at its end. */
  readonly url: string;
  readonly tenant: string;
  readonly agent: string;
  /** owner/name; null: the environment says it when the agent runs. */
  readonly repository: string | null;
}

/** A file to write, or a command to run, with what it is for. */
export interface Step {
  readonly title: string;
  readonly why: string;
  readonly text: string;
}

/** Under this name an agent's program has its key. Nothing that is printed has the key itself. */
export const KEY_VARIABLE = "COUNTERSIGN_AGENT_KEY";
/** GitHub Actions sets it; elsewhere whoever starts the agent does. */
export const REPOSITORY_VARIABLE = "GITHUB_REPOSITORY";

export const pretty = (value: unknown): string => JSON.stringify(value, null, 2);
