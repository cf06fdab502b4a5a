// Installation tokens, minted directly: the well-known library shares tokens between scopes, hosts and callers
// (tenancy.md, finding 1). One cache per createGitHub, hence per host and App; its key is three numbers and a closed word.

import { Fault, type InstallationId, type RepoName, type RepositoryId } from "#kernel";
import { refused, serverTimeMs } from "./faults.ts";
import { LIMITS } from "./limits.ts";
import { askForToken, giveBack, MINT_ROUTE, readToken, type AskAsApp, type Target } from "./mint.ts";
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

export function createTokens(askAsApp: AskAsApp, transport: Transport, clock: () => number): Tokens {
  const minted = new Map<string, Minted>();
  const minting = new Map<string, Promise<Minted>>();

  const mint = async (scope: Scope): Promise<Minted> => {
    const asked = PURPOSES[scope.purpose];
    const target = { ids: [scope.repository] };
    let permissions = asked;
    let answer = await askForToken(askAsApp, scope.installation, target, permissions);
    if (answer.status === 422 && ORGANISATION_ONLY.some((name) => name in asked)) {
      permissions = Object.fromEntries(Object.entries(asked).filter(([name]) => !ORGANISATION_ONLY.includes(name)));
      answer = await askForToken(askAsApp, scope.installation, target, permissions);
    }
    return accept(answer, target, permissions);
  };

  const accept = async (answer: RestAnswer, target: Target, permissions: TokenPermissions): Promise<Minted> => {
    if (answer.status !== 201) throw refused(MINT_ROUTE, answer.status, answer.data);
    const read = readToken(answer.data, target, permissions);
    if (read.kind === "different") {
      // If that fails it dies within the hour, held by nobody.
      if (read.token !== null) await giveBack(transport, read.token).catch(() => undefined);
      throw new Fault(
        "github_scope_mismatch",
        `GitHub gave another token than was asked for (${read.why}). It was given back and nothing was done with it.`,
      );
    }
    const lifeMs = read.expiresAt - (serverTimeMs(answer.headers) ?? clock());
    return { token: read.token, usableUntilMs: clock() + lifeMs - LIMITS.tokenMarginMs };
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
      const answer = await askForToken(askAsApp, installation, target, PURPOSES.policy);
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
