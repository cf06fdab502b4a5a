import { PLATFORM_LOG } from "#kernel";
import { isSecretName } from "#tenants";
import { limits } from "./limits.ts";
import type { LeaseRequest, LeaseScope } from "./types.ts";
import { isPlainPath } from "./vault.ts";

const RUN = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;
const PURPOSE = /^[a-z][a-z0-9._-]{0,63}$/;
const PERMISSION = /^[a-z][a-z_]{1,63}$/;

/** null: it may be asked for. Otherwise why not, in a sentence that repeats nothing of the request. */
export function whyRefused({ tenant, run, purpose, scope, seconds }: LeaseRequest): string | null {
  if (tenant === PLATFORM_LOG) return "A lease is a client's. The platform has none.";
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > limits.seconds)
    return `A lease is for 1 to ${limits.seconds} whole seconds. Ask again for the next step when it is due.`;
  if (!RUN.test(run)) return "A run's name is made of letters, digits and . _ : / - and has at most 128 of them.";
  if (!PURPOSE.test(purpose)) return "A purpose is a short word in lower case, such as repo.propose.";
  return whyScopeRefused(scope);
}

function whyScopeRefused(scope: LeaseScope): string | null {
  switch (scope.kind) {
    case "github": {
      const { repositories, permissions } = scope;
      const names = Object.keys(permissions);
      // GitHub takes an empty list for "all of them".
      if (repositories.length === 0 || repositories.length > limits.repositories)
        return `A GitHub lease names 1 to ${limits.repositories} repositories, by their ids.`;
      if (new Set(repositories).size !== repositories.length) return "A GitHub lease names each repository once.";
      if (names.length === 0 || names.length > limits.permissions || !names.every((name) => PERMISSION.test(name)))
        return `A GitHub lease names 1 to ${limits.permissions} permissions, as GitHub spells them.`;
      return null;
    }
    case "database":
      return isSecretName(scope.name) ? null : "A database lease names a sealed value, such as DATABASE_URL.";
    case "vault":
      return isPlainPath(scope) ? null : "A Vault lease names a mount and a role.";
  }
}
