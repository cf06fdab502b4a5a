// Tokens for leases: each asked for anew and never kept here, so that two leases never share one, and ending one ends no other.

import { Fault, type Instant, type InstallationId, type RepoName, type RepositoryId } from "#kernel";
import { messageOf, refused } from "./faults.ts";
import { askForToken, giveBack, MINT_ROUTE, readToken, type AskAsApp } from "./mint.ts";
import type { TokenPermissions } from "./purposes.ts";
import type { Transport } from "./transport.ts";

export type LeasedToken =
  | {
      readonly kind: "minted";
      readonly token: string;
      readonly endsAt: Instant;
      readonly repositories: readonly { readonly id: RepositoryId; readonly name: RepoName }[];
    }
  /** Nothing is held by anybody. */
  | { readonly kind: "refused"; readonly why: string };

export interface LeaseTokens {
  /** Throws where it is not known whether a token was made, or a wrong one could not be given back. */
  mint(
    installation: InstallationId,
    repositories: readonly RepositoryId[],
    permissions: TokenPermissions,
  ): Promise<LeasedToken>;
  /** Resolves when the token is dead, also if it was already. */
  revoke(token: string): Promise<void>;
}

export function createLeaseTokens(askAsApp: AskAsApp, transport: Transport): LeaseTokens {
  async function revoke(token: string): Promise<void> {
    const { status, data } = await giveBack(transport, token);
    // 401: GitHub does not know it (any more). A suspended installation answers 403: its tokens may live again when it is taken back.
    if (status !== 204 && status !== 401 && status !== 404) throw refused("DELETE /installation/token", status, data);
  }
  return {
    async mint(installation, repositories, permissions) {
      const target = { ids: repositories };
      const answer = await askForToken(askAsApp, installation, target, permissions).catch((error: unknown) => {
        // A limit, and a refusal, are answers: nothing was made.
        if (error instanceof Fault && (error.code === "github_rate_limited" || error.code === "github_refused"))
          return error;
        throw error;
      });
      if (answer instanceof Fault) return { kind: "refused", why: answer.message };
      if (answer.status !== 201)
        return {
          kind: "refused",
          why: `GitHub refused "${MINT_ROUTE}" with ${answer.status}: ${messageOf(answer.data)}`,
        };
      const read = readToken(answer.data, target, permissions);
      if (read.kind === "token")
        return { kind: "minted", token: read.token, endsAt: read.expiresAt, repositories: read.repositories };
      if (read.token !== null) await revoke(read.token);
      return {
        kind: "refused",
        why: `GitHub gave another token than was asked for (${read.why}). It was given back and nothing was done with it.`,
      };
    },
    revoke,
  };
}
