import type { AppId, InstallationId, RepoName, RepositoryId } from "#kernel";

/**
 * What a token may do; each is narrowed when it is minted and the answer is compared with what was asked
 * (tenancy.md, finding 1). Only `merge` holds contents:write; `policy` reads files and nothing else.
 */
export type Purpose = "read" | "queue" | "report" | "merge" | "policy";

export interface RestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly data: unknown;
}

export interface GraphqlAnswer {
  readonly data: unknown;
  /** As GitHub sent them; a caller that finds one it did not expect must treat the answer as incomplete (G09). */
  readonly errors: readonly {
    readonly type: string | null;
    readonly path: readonly (string | number)[];
    readonly message: string;
  }[];
}

export interface GitHubClient {
  /**
   * `route` as in GitHub's reference: `PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge`. Statuses in `accept` (besides
   * 2xx and 304) come back as answers; every other one throws a Fault: github_rate_limited (with retryAfterMs),
   * github_unavailable (5xx, network, time-out), github_refused (the rest). Writes are never dropped silently.
   */
  rest(route: string, parameters: Readonly<Record<string, unknown>>, accept?: readonly number[]): Promise<RestAnswer>;
  graphql(query: string, variables: Readonly<Record<string, unknown>>): Promise<GraphqlAnswer>;
}

export interface GitHub {
  readonly appId: AppId;
  /** As the App itself (JWT). */
  app(): GitHubClient;
  /** As one installation, narrowed to one repository and purpose. Tokens live in the tenant's scope only. */
  installation(installation: InstallationId, repository: RepositoryId, purpose: Purpose): GitHubClient;
  /**
   * As one installation, narrowed to reading the files of the repository with this name, whose id is not known. Each call
   * mints a token. null: the installation does not reach such a repository.
   */
  named(installation: InstallationId, repository: RepoName): Promise<GitHubClient | null>;
}
