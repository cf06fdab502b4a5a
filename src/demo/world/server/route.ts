import type { z } from "zod";
import type { App, Installation, Level, Token } from "../model/apps.ts";
import { covers, findRepository } from "../model/find.ts";
import type { PullRequest } from "../model/pulls.ts";
import type { Repository } from "../model/repositories.ts";
import type { World } from "../world.ts";

export type Caller =
  | { readonly kind: "app"; readonly app: App }
  | { readonly kind: "installation"; readonly installation: Installation; readonly token: Token }
  | { readonly kind: "nobody" };

export interface Call {
  readonly w: World;
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly accept: string;
  /** The address that was called, for `Link`. */
  readonly url: string;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A permission and its level; `issues|pull_requests` is satisfied by either. */
export type Need = "none" | "app" | "installation" | readonly [permission: string, level: Level];

export interface Route {
  /** As in GitHub's reference: `GET /repos/{owner}/{repo}`. */
  readonly name: string;
  /** The kind of caller, or the permission an installation's token must carry. */
  readonly needs: Need;
  readonly handle: (call: Call) => Answer;
}

/** An expected refusal that ends a handler: GitHub's status and message. */
export class Refused extends Error {
  readonly answer: Answer;
  constructor(status: number, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.answer = {
      status,
      body: { message, documentation_url: "https://docs.github.com/rest", status: String(status), ...more },
    };
  }
}

export const ok = (body: unknown, status = 200): Answer => ({ status, body });
export const notFound = (): Refused => new Refused(404, "Not Found");

/** Reads a request's body, or answers 422 as GitHub does. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  throw new Refused(422, "Invalid request.", {
    errors: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
  });
}

const LEVELS: readonly Level[] = ["read", "write", "admin"];

export function allows(token: Token, permission: string, level: Level): boolean {
  return permission.split("|").some((name) => {
    const has = name === "metadata" ? "read" : token.permissions[name];
    return has !== undefined && LEVELS.indexOf(has) >= LEVELS.indexOf(level);
  });
}

export const maySee = (installation: Installation, token: Token, repo: Repository): boolean =>
  covers(installation, repo) && (token.repositoryIds?.includes(repo.id) ?? true);

/** The repository of the path, if the caller's installation may see it; for anybody else it does not exist. */
export function repoOf(call: Call): Repository {
  const repo = findRepository(call.w, `${call.params["owner"]}/${call.params["repo"]}`);
  if (repo === undefined) throw notFound();
  if (call.caller.kind === "installation" && maySee(call.caller.installation, call.caller.token, repo)) return repo;
  if (repo.private || call.caller.kind !== "installation") throw notFound();
  return repo;
}

export function pullOf(call: Call): { readonly repo: Repository; readonly pull: PullRequest } {
  const repo = repoOf(call);
  const pull = repo.pulls.get(Number(call.params["pull_number"]));
  if (pull === undefined) throw notFound();
  return { repo, pull };
}

/** The App behind an installation's token. */
export function appOf(call: Call): App {
  const found = call.caller.kind === "installation" ? call.w.apps.get(call.caller.installation.appId) : undefined;
  if (found === undefined) throw new Refused(403, "Resource not accessible by integration");
  return found;
}

function pageUrl(call: Call, page: number): string {
  const url = new URL(call.url);
  url.searchParams.set("page", String(page));
  return url.toString();
}

/** One page of a list, with GitHub's `Link` header. */
export function paged<T>(
  call: Call,
  items: readonly T[],
  wrap: (page: readonly T[]) => unknown = (page) => page,
): Answer {
  const size = Math.min(100, Math.max(1, Number(call.query["per_page"] ?? 30) || 30));
  const page = Math.max(1, Number(call.query["page"] ?? 1) || 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const links = [
    ...(page < last ? [`<${pageUrl(call, page + 1)}>; rel="next"`, `<${pageUrl(call, last)}>; rel="last"`] : []),
    ...(page > 1 ? [`<${pageUrl(call, 1)}>; rel="first"`, `<${pageUrl(call, page - 1)}>; rel="prev"`] : []),
  ];
  return {
    status: 200,
    body: wrap(items.slice((page - 1) * size, page * size)),
    ...(links.length === 0 ? {} : { headers: { link: links.join(", ") } }),
  };
}
