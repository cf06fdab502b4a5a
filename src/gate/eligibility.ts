// Who may approve, and who may stop. By numeric id: a login can be renamed and taken by somebody else.

import type { Known, UserId } from "#kernel";
import type { Account, Facts, Permission, Person } from "./facts.ts";
import type { Involvement } from "./involvement.ts";
import type { ReviewCode } from "./verdict.ts";

const MAY_WRITE: ReadonlySet<Permission> = new Set<Permission>(["write", "maintain", "admin"]);

export type Standing =
  | { readonly kind: "bot" }
  | { readonly kind: "human"; readonly person: Person; readonly mayWrite: boolean }
  /** Not the same as "no permission": it could not be read (C17). */
  | { readonly kind: "unknown"; readonly why: string };

export function standing(account: Account, people: Facts["people"]): Standing {
  if (account.type !== "User") return { kind: "bot" };
  const found: Known<Person> | undefined = people.get(account.id);
  if (found === undefined)
    return { kind: "unknown", why: `The permission of ${account.login} (user ${account.id}) was not read.` };
  if (!found.known)
    return { kind: "unknown", why: `The permission of ${account.login} could not be read: ${found.why}` };
  return { kind: "human", person: found.value, mayWrite: MAY_WRITE.has(found.value.permission) };
}

/** Human, entitled to write, and not a machine's account: what it takes to stop a change, or to lift a stop. */
export function isEntitled(who: Standing): boolean {
  return who.kind === "human" && who.mayWrite && who.person.account.type === "User" && !who.person.serviceAccount;
}

/** Why this account's approval does not count, whatever it approved; empty when it may count. */
export function exclusions(account: Account, who: Standing, involved: Involvement): readonly ReviewCode[] {
  if (who.kind !== "human") return who.kind === "bot" ? ["not_human"] : [];
  const codes: ReviewCode[] = [...involved.partsOf(account)];
  if (who.person.account.type !== "User") codes.push("not_human");
  if (who.person.serviceAccount) codes.push("service_account");
  if (!who.mayWrite) codes.push("insufficient_permission");
  if (who.person.outsideCollaborator) codes.push("outside_collaborator");
  return codes;
}

/** A counted approver: what the rules about owners ask of. */
export interface Approver {
  readonly id: UserId;
  readonly login: string;
  readonly person: Person;
}
