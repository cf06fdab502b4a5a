// Installation tokens, minted directly: the well-known library shares tokens between scopes, hosts and callers
// (tenancy.md, finding 1). One cache per createGitHub, hence per host and App; its key is three numbers and a closed word.

import { z } from "zod";
import { Fault, type InstallationId, type RepoName, type RepositoryId } from "#kernel";
import { refused, serverTimeMs } from "./faults.ts";
import { LIMITS } from "./limits.ts";
import { ORGANISATION_ONLY, PURPOSES, type TokenPermissions } from "./purposes.ts";
import type { Transport } from "./transport.ts";
import type { Purpose, RestAnswer } from "./types.ts";

export interface Scope {
  readonly installation: InstallationId;
  readonly repository: RepositoryId;
  readonly purpose: Purpose;
}

export interface Tokens {
  token(scope: Scope): Promise<string>;
  /** For the files of a repository of which only the name is known; not kept. null: the installation does not reach it. */
  named(installation: InstallationId, repository: RepoName): Promise<string | null>;
  /** GitHub refused it: the next caller gets a new one. A newer token of the same scope stays. */
  forget(scope: Scope, token: string): void;
}

interface Minted {
  readonly token: string;
  /** By our clock, derived from GitHub's own: a skewed host clock changes nothing. */
  readonly usableUntilMs: number;
}

const ROUTE = "POST /app/installations/{installation_id}/access_tokens";

const answerShape = z.object({
  token: z.string().min(1),
  expires_at: z.iso.datetime({ offset: true }),
  permissions: z.record(z.string(), z.string()),
  repositories: z.array(z.object({ id: z.number(), name: z.string().optional() })),
});

/** The one repository a token is for: by id, or by its name without the owner. */
type Target = { readonly id: RepositoryId } | { readonly name: string };

type AskAsApp = (route: string, parameters: Readonly<Record<string, unknown>>) => Promise<RestAnswer>;

export function createTokens(askAsApp: AskAsApp, transport: Transport, clock: () => number): Tokens {
  const minted = new Map<string, Minted>();
  const minting = new Map<string, Promise<Minted>>();

  const mint = async (scope: Scope): Promise<Minted> => {
    const asked = PURPOSES[scope.purpose];
    const target = { id: scope.repository };
    let permissions = asked;
    let answer = await ask(askAsApp, scope.installation, target, permissions);
    if (answer.status === 422 && ORGANISATION_ONLY.some((name) => name in asked)) {
      permissions = Object.fromEntries(Object.entries(asked).filter(([name]) => !ORGANISATION_ONLY.includes(name)));
      answer = await ask(askAsApp, scope.installation, target, permissions);
    }
    return accept(answer, target, permissions);
  };

  const accept = async (answer: RestAnswer, target: Target, permissions: TokenPermissions): Promise<Minted> => {
    if (answer.status !== 201) throw refused(ROUTE, answer.status, answer.data);
    const parsed = answerShape.safeParse(answer.data);
    const difference = parsed.success
      ? differenceIn(parsed.data, target, permissions)
      : "the answer does not say what the token may do";
    if (!parsed.success || difference !== null) {
      await revoke(transport, answer.data);
      throw new Fault(
        "github_scope_mismatch",
        `GitHub gave another token than was asked for (${difference}). It was given back and nothing was done with it.`,
      );
    }
    const lifeMs = Date.parse(parsed.data.expires_at) - (serverTimeMs(answer.headers) ?? clock());
    return { token: parsed.data.token, usableUntilMs: clock() + lifeMs - LIMITS.tokenMarginMs };
  };

  const keep =
    (key: string) =>
    (fresh: Minted): Minted => {
      for (const [other, { usableUntilMs }] of minted) if (usableUntilMs <= clock()) minted.delete(other);
      minted.set(key, fresh);
      return fresh;
    };

  return {
    async token(scope) {
      const key = `${scope.installation}/${scope.repository}/${scope.purpose}`;
      const held = minted.get(key);
      if (held !== undefined && held.usableUntilMs > clock()) return held.token;
      // Single-flight, but only for exactly the same scope.
      let flight = minting.get(key);
      if (flight === undefined) {
        flight = mint(scope)
          .then(keep(key))
          .finally(() => minting.delete(key));
        minting.set(key, flight);
      }
      return (await flight).token;
    },
    async named(installation, repository) {
      const target = { name: repository.split("/")[1] ?? "" };
      const answer = await ask(askAsApp, installation, target, PURPOSES.policy);
      // These permissions are among those of every other purpose: what is refused here is the repository.
      if (answer.status === 404 || answer.status === 422) return null;
      return (await accept(answer, target, PURPOSES.policy)).token;
    },
    forget(scope, token) {
      const key = `${scope.installation}/${scope.repository}/${scope.purpose}`;
      if (minted.get(key)?.token === token) minted.delete(key);
    },
  };
}

function ask(
  askAsApp: AskAsApp,
  installation: InstallationId,
  target: Target,
  permissions: TokenPermissions,
): Promise<RestAnswer> {
  const one = "id" in target ? { repository_ids: [target.id] } : { repositories: [target.name] };
  return askAsApp(ROUTE, { installation_id: installation, ...one, permissions });
}

/** INVARIANT: a token is used only if it is for exactly one repository, the one asked for, and exactly these permissions. */
function differenceIn(given: z.infer<typeof answerShape>, target: Target, asked: TokenPermissions): string | null {
  const [only] = given.repositories;
  const same = "id" in target ? only?.id === target.id : only?.name?.toLowerCase() === target.name.toLowerCase();
  if (given.repositories.length !== 1 || !same)
    return `${given.repositories.length} repositories, asked for one by its ${"id" in target ? "id" : "name"}`;
  const names = new Set([...Object.keys(asked), ...Object.keys(given.permissions)]);
  for (const name of names) {
    if (given.permissions[name] !== asked[name])
      return `permission ${name}: ${given.permissions[name] ?? "none"}, asked for ${asked[name] ?? "none"}`;
  }
  return null;
}

/** Revocation is authenticated by the token itself. If it fails the token dies within the hour, held by nobody. */
async function revoke(transport: Transport, data: unknown): Promise<void> {
  const parsed = z.object({ token: z.string().min(1) }).safeParse(data);
  if (!parsed.success) return;
  await transport
    .exchange({ route: "DELETE /installation/token", parameters: {}, bearer: parsed.data.token, read: false })
    .catch(() => undefined);
}
