import { Fault, instantOfMillis, type TenantId } from "#kernel";
import { adminOf, asLogin, isAdminName, isConnectionUrl, readerOf } from "../../database.ts";
import type { LeaseProvider, LeaseRequest, Minted, Minting } from "../../types.ts";
import { dropLogin, makeLogin } from "./login.ts";

export type SealedValue =
  | { readonly kind: "value"; readonly text: string }
  | { readonly kind: "absent" }
  | { readonly kind: "refused"; readonly why: string };

export interface DatabaseLeases {
  /** A value of the tenant's sealed environment, by its name without the prefix. */
  readonly sealed: (tenant: TenantId, name: string) => Promise<SealedValue>;
  readonly clock: () => number;
}

/**
 * With `NAME_ADMIN` beside `NAME` in the sealed environment: a login of its own for each lease, dropped with its sessions. Without:
 * the connection itself, whose end is the end of our session, and which nobody but the client can change.
 */
export function createDatabaseProvider({ sealed, clock }: DatabaseLeases): LeaseProvider {
  async function mint({ tenant, scope, seconds }: LeaseRequest): Promise<Minting> {
    if (scope.kind !== "database")
      throw new Fault("invariant_broken", `A database was asked for a lease of ${scope.kind}.`);
    const { name } = scope;
    if (isAdminName(name))
      return {
        kind: "refused",
        why: `${name} makes logins, and is leased to nobody. Ask for the reading login's name.`,
      };
    const reading = await sealed(tenant, name);
    if (reading.kind === "absent") return { kind: "refused", why: `There is no connection of the name ${name}.` };
    if (reading.kind === "refused") return reading;
    if (!isConnectionUrl(reading.text))
      return { kind: "refused", why: `${name} is no postgres://, mysql:// or mariadb:// URL, or sqlite:///path/to/file.db. Set it anew.` }; // prettier-ignore
    const admin = await sealed(tenant, adminOf(name));
    switch (admin.kind) {
      case "absent":
        return { kind: "minted", minted: theConnectionItself(reading.text) };
      // INVARIANT: what is there and cannot be used is no reason to hand out the lasting connection instead.
      case "refused":
        return admin;
      case "value":
        return ownLogin(name, reading.text, admin.text, seconds);
    }
  }

  async function ownLogin(name: string, reading: string, admin: string, seconds: number): Promise<Minting> {
    const reader = readerOf(reading);
    if (reader === null)
      return { kind: "refused", why: `${name} is no postgres:// URL with a user: ${adminOf(name)} can make no login beside it.` }; // prettier-ignore
    const made = await makeLogin(admin, reader, seconds);
    if (made.kind === "refused") return made;
    const url = asLogin(reading, made.value);
    if (url === null) throw new Fault("invariant_broken", "A URL with a user takes another user.");
    const minted: Minted = {
      credential: { kind: "connection", url },
      // With the way to end it: a client that is suspended meanwhile has no environment that opens.
      revocation: { login: made.value.username, admin },
      endsAt: instantOfMillis(clock() + seconds * 1000),
    };
    return { kind: "minted", minted };
  }

  return {
    mint,
    async revoke(_, { revocation: { login, admin } }) {
      if (login !== undefined && admin !== undefined) await dropLogin(admin, login);
    },
  };
}

const theConnectionItself = (url: string): Minted => ({
  credential: { kind: "connection", url },
  revocation: {},
  endsAt: null,
});
