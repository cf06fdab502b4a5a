import type { OperatorPorts } from "#cli";
import {
  addingAct,
  addOperator,
  createSecondPerson,
  listOperators,
  pendingActs,
  revokeOperator,
  type AddedBy,
  type KeyAccess,
  type PendingAct,
  type RevokeAccess,
} from "#identity/io";
import { instantOfMillis } from "#kernel";
import type { Environment } from "#platform/config";
import { withOperator } from "#platform/postgres";
import { listTenants } from "#tenants/io";
import { ask } from "./ask.ts";
import { namesOf } from "./names.ts";
import { operatorKey, unknownOperator } from "./operator-key.ts";
import { refused, type Refused } from "./refused.ts";
import { shellUser, withLogs } from "./tenant-logs.ts";

const NOT_THERE =
  "There is nothing of that id to confirm: it was done already, its half hour is over, or the id is mistyped. `countersign operator list` shows what waits.";

export function operatorPorts(env: Environment, say: (line: string) => void): OperatorPorts {
  const withAccess = <T>(work: (access: KeyAccess & RevokeAccess) => Promise<T | Refused>): Promise<T | Refused> =>
    withLogs(env, say, async ({ operator, audit, stops }) =>
      operator === null
        ? refused("DATABASE_ADMIN_URL is missing: operators are added and asked with the operator's login.")
        : work({ ...operator, append: audit.append, spool: stops.spoolStop }),
    );
  const now = () => instantOfMillis(Date.now());

  return {
    now,
    ask,
    add: ({ name, reason, recover }) =>
      withAccess(async (access) => {
        const by = shellUser();
        const there = await listOperators(access);
        // Before a second person is asked for what could not be done.
        if (there.some((each) => each.name === name && each.revokedAt === null))
          return added({ kind: "name_taken" }, name);
        if (there.length === 0) return added(await addOperator(access, { name, how: { kind: "first" }, by }), name);
        if (reason === null) return refused("--reason is missing: the log keeps why somebody became an operator.");
        if (recover) return added(await addOperator(access, { name, how: { kind: "recovery", reason }, by }), name);
        const who = await operatorKey(env);
        if (who.kind === "refused") return who;
        const how: AddedBy = { kind: "operator", key: who.key, reason };
        if (there.length > 1) {
          const act = addingAct(name, reason);
          const asked = await createSecondPerson(access).ask({ key: who.key, act, by });
          if (asked.kind === "unknown_key") return unknownOperator();
          if (asked.kind === "pending") return asked;
        }
        return added(await addOperator(access, { name, how, by }), name);
      }),
    list: () =>
      withAccess(async (access) => {
        const pending = await pendingActs(access);
        const operators = await listOperators(access);
        return { kind: "operators", operators, pending, names: await namesIn(access, pending) };
      }),
    revoke: (name) =>
      withAccess(async (access) => {
        const all = await listOperators(access);
        // The one of this name who is still there, or the last who was.
        const found = all
          .toSorted((a, b) => (a.revokedAt ?? Infinity) - (b.revokedAt ?? Infinity))
          .findLast((each) => each.name === name);
        const done = found === undefined ? null : await revokeOperator(access, { id: found.id, by: shellUser() });
        if (done === null || done.kind === "unknown")
          return refused("There is no operator of that name. `countersign operator list` lists them.");
        const left = (await listOperators(access)).filter((each) => each.revokedAt === null && each.activeAt <= now());
        return { kind: done.kind, at: done.at, left: left.length };
      }),
    look: (id) =>
      withAccess(async (access) => {
        const act = (await pendingActs(access)).find((each) => each.id === id);
        return act === undefined ? refused(NOT_THERE) : { kind: "act", act, names: await namesIn(access, [act]) };
      }),
    confirm: (id) =>
      withAccess(async (access) => {
        const who = await operatorKey(env);
        if (who.kind === "refused") return who;
        const done = await createSecondPerson(access).confirm({ key: who.key, id, by: shellUser() });
        switch (done.kind) {
          case "unknown_key":
            return unknownOperator();
          case "no_such_act":
            return refused(NOT_THERE);
          case "same_person":
            return refused(
              "You asked for this yourself: another operator must confirm it. The log has that you tried.",
            );
          case "confirmed":
          case "already":
            return { kind: done.kind, expiresAt: done.expiresAt };
        }
      }),
  };
}

/** Of the clients that these acts concern, and of whom they have. */
async function namesIn(access: KeyAccess, acts: readonly PendingAct[]): Promise<ReadonlyMap<string, string>> {
  const ids = new Set(acts.map(({ act }) => act.tenant));
  const tenants = (await withOperator(access, listTenants)).filter(({ tenantId }) => ids.has(tenantId));
  return new Map([
    ...tenants.map(({ tenantId, prefix }) => [tenantId, prefix] as const),
    ...(await namesOf(access, tenants)),
  ]);
}

function added(
  made: Awaited<ReturnType<typeof addOperator>>,
  name: string,
): Extract<typeof made, { kind: "added" }> | Refused {
  switch (made.kind) {
    case "added":
      return made;
    case "unknown_key":
      return unknownOperator();
    case "needs_second_person":
      return refused("Somebody else became an operator meanwhile: run this again, and a second one has to confirm it.");
    case "name_taken":
      return refused(
        `There is an operator ${JSON.stringify(name)} already. Choose another name, or revoke that one first.`,
      );
    case "two_are_there":
      return refused("Two operators are active: add one with them, without --recover.");
  }
}
