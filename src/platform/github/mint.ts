// One installation token: asked for, held against what was asked, given back. What is kept, and for how long, is the caller's.

import { z } from "zod";
import {
  instantOfMillis,
  repoName,
  repositoryId,
  type Instant,
  type InstallationId,
  type RepoName,
  type RepositoryId,
} from "#kernel";
import type { TokenPermissions } from "./purposes.ts";
import type { Transport } from "./transport.ts";
import type { RestAnswer } from "./types.ts";

export const MINT_ROUTE = "POST /app/installations/{installation_id}/access_tokens";

/** The repositories a token is for: by id, or one by its name without the owner. Never none: GitHub takes that for all. */
export type Target = { readonly ids: readonly RepositoryId[] } | { readonly name: string };

export type AskAsApp = (route: string, parameters: Readonly<Record<string, unknown>>) => Promise<RestAnswer>;

const answerShape = z.object({
  token: z.string().min(1),
  expires_at: z.iso.datetime({ offset: true }),
  permissions: z.record(z.string(), z.string()),
  repositories: z.array(z.object({ id: z.number(), name: z.string().optional(), full_name: z.string().optional() })),
});
type TokenAnswer = z.infer<typeof answerShape>;

export type ReadToken =
  | {
      readonly kind: "token";
      readonly token: string;
      readonly expiresAt: Instant;
      readonly repositories: readonly { readonly id: RepositoryId; readonly name: RepoName }[];
    }
  /** `token`: to give back; null: the answer holds none. */
  | { readonly kind: "different"; readonly why: string; readonly token: string | null };

export function askForToken(
  askAsApp: AskAsApp,
  installation: InstallationId,
  target: Target,
  permissions: TokenPermissions,
): Promise<RestAnswer> {
  const which = "ids" in target ? { repository_ids: [...target.ids] } : { repositories: [target.name] };
  return askAsApp(MINT_ROUTE, { installation_id: installation, ...which, permissions });
}

/** INVARIANT: a token is used only if it is for exactly the repositories that were asked for, and exactly these permissions. */
export function readToken(data: unknown, target: Target, permissions: TokenPermissions): ReadToken {
  const parsed = answerShape.safeParse(data);
  if (!parsed.success) {
    const token = z.object({ token: z.string().min(1) }).safeParse(data);
    const why = "the answer does not say what the token may do";
    return { kind: "different", why, token: token.success ? token.data.token : null };
  }
  const { token } = parsed.data;
  const why = differenceIn(parsed.data, target, permissions);
  if (why !== null) return { kind: "different", why, token };
  const repositories = parsed.data.repositories.flatMap(({ id, full_name }) => {
    const [known, name] = [repositoryId(id), repoName(full_name ?? "")];
    return known === null || name === null ? [] : [{ id: known, name }];
  });
  return { kind: "token", token, expiresAt: instantOfMillis(Date.parse(parsed.data.expires_at)), repositories };
}

/** Revocation is authenticated by the token itself. */
export const giveBack = (transport: Transport, token: string): Promise<RestAnswer> =>
  transport.exchange({ route: "DELETE /installation/token", parameters: {}, bearer: token, read: false });

function differenceIn(given: TokenAnswer, target: Target, asked: TokenPermissions): string | null {
  const wanted = "ids" in target ? target.ids.length : 1;
  const ids = new Set(given.repositories.map(({ id }) => id));
  const same =
    "ids" in target
      ? target.ids.every((id) => ids.has(id))
      : given.repositories[0]?.name?.toLowerCase() === target.name.toLowerCase();
  if (given.repositories.length !== wanted || !same)
    return `${given.repositories.length} repositories, asked for ${wanted} by ${"ids" in target ? "id" : "name"}`;
  const names = new Set([...Object.keys(asked), ...Object.keys(given.permissions)]);
  for (const name of names) {
    if (given.permissions[name] !== asked[name])
      return `permission ${name}: ${given.permissions[name] ?? "none"}, asked for ${asked[name] ?? "none"}`;
  }
  return null;
}
