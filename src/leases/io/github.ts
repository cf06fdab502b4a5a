import type { LeaseTokens } from "#platform/github";
import type { LeaseProvider } from "../types.ts";

/** GitHub's installation tokens, narrowed to the scope. GitHub fixes their hour; the broker ends them within its minute. */
export const createGitHubProvider = (tokens: LeaseTokens): LeaseProvider => ({
  async mint({ scope }) {
    if (scope.kind !== "github") return { kind: "refused", why: "That is no lease of GitHub's." };
    const given = await tokens.mint(scope.installation, scope.repositories, {
      ...scope.permissions,
      // GitHub adds it to every token.
      metadata: "read",
    });
    if (given.kind === "refused") return given;
    const { token, endsAt, repositories } = given;
    return { kind: "minted", minted: { credential: { kind: "token", token }, revocation: {}, repositories, endsAt } };
  },
  async revoke(_request, { credential }) {
    if (credential.kind === "token") await tokens.revoke(credential.token);
  },
});
