import type { RotateAnswer, RotatePorts } from "#cli";
import type { Act } from "#identity";
import { createSecondPerson } from "#identity/io";
import { Fault, PLATFORM_LOG } from "#kernel";
import { keyAges } from "#keys/io";
import type { Environment } from "#platform/config";
import type { OperatorOptions } from "#platform/postgres";
import { breakGlass, openClients, revocations, revoked, rotateKek } from "#tenants/io";
import { operatorKey, unknownOperator } from "./operator-key.ts";
import { refused, type Refused } from "./refused.ts";
import { namedLogs, oneLog, operatorHere, shellUser, withLogs, type NamedLog, type OpenLogs } from "./tenant-logs.ts";

type Rotating = OpenLogs & { readonly operator: OperatorOptions };

/** Of a client, or of the platform itself, whose log is sealed under a key of its own. */
export function rotatePorts(env: Environment, say: (line: string) => void): RotatePorts {
  const asOperator = <T>(work: (logs: Rotating) => Promise<T | Refused>): Promise<T | Refused> =>
    withLogs(env, say, async ({ operator, ...logs }) =>
      operator === null
        ? refused("DATABASE_ADMIN_URL is missing: keys are rotated by the operator, not by the server.")
        : work({ ...logs, operator }),
    );
  const forClient = <T>(
    prefix: string,
    work: (named: NamedLog, logs: Rotating) => Promise<T | Refused>,
  ): Promise<T | Refused> =>
    asOperator(async (logs) => {
      const named = await oneLog(logs, prefix);
      return "kind" in named ? named : work(named, logs);
    });

  return {
    one: (prefix) => forClient(prefix, rotate),
    all: (each) =>
      asOperator(async (logs) => {
        const all = await namedLogs(logs, null);
        const count = { rotated: 0, skipped: 0, failed: 0 };
        for (const [at, named] of all.entries()) {
          if (await isFresh(named, logs)) {
            count.skipped += 1;
            continue;
          }
          // One client's key that is lost keeps nobody else's from being rotated.
          const answer = await rotate(named, logs).catch((error: unknown) => {
            if (error instanceof Fault) return refused(error.message);
            throw error;
          });
          count[answer.kind === "refused" ? "failed" : "rotated"] += 1;
          each({ ...answer, prefix: named.prefix, at: at + 1, of: all.length });
        }
        return { kind: "all", ...count };
      }),
    breakGlass: ({ prefix, reason }) =>
      forClient(prefix, async ({ tenantId, prefix: name }, { operator, audit, kms, keys, clientsDir }) => {
        if (tenantId === PLATFORM_LOG)
          return refused(
            "The platform itself has no credentials here. `countersign tenant rotate ${name}` gives it a new key.",
          );
        const who = await operatorKey(env);
        if (who.kind === "refused") return who;
        const access = { ...operator, append: audit.append, kms, keys, clients: await openClients(clientsDir) };
        const door = createSecondPerson(access);
        const act: Act = { kind: "tenant.break_glass", tenant: tenantId, about: { prefix: name }, reason };
        const by = shellUser();
        const glass = await breakGlass(access, {
          tenant: tenantId,
          prefix: name,
          reason,
          by: operatorHere(),
          take: (tx) => door.take(tx, { key: who.key, act, by }),
        });
        switch (glass.kind) {
          case "done":
            return glass;
          case "inactive":
            return refused(`${name} is not active any more: its keys are not replaced.`);
          case "needs_second_person": {
            const asked = await door.ask({ key: who.key, act, by });
            return asked.kind === "pending" ? asked : unknownOperator();
          }
        }
      }),
    checklist: (prefix, names) =>
      forClient(prefix, async ({ tenantId, prefix: name, claim }, { operator, audit, keys, clientsDir, database }) => {
        const access = { ...operator, append: audit.append, keys, clients: await openClients(clientsDir) };
        for (const each of names) {
          const done = await revoked(access, { tenant: tenantId, name: each, by: operatorHere() });
          if (done !== "ticked")
            return refused(`${JSON.stringify(each)} is not on the list of ${name}, or was ticked off already.`);
        }
        return { kind: "checklist", checklist: await database.withTenant(await claim(), revocations) };
      }),
  };
}

/** In whole days: a run of the whole estate that was cut off has done these. */
async function isFresh({ tenantId }: NamedLog, { database }: Rotating): Promise<boolean> {
  const claim = await database.claimFor(tenantId);
  if (claim === null) return true;
  const { kek, rotated } = await database.withTenant(claim, keyAges);
  return rotated && kek === 0;
}

async function rotate({ tenantId, prefix }: NamedLog, { operator, audit, kms }: Rotating): Promise<RotateAnswer> {
  const done = await rotateKek({ ...operator, append: audit.append, kms }, { tenant: tenantId, by: operatorHere() });
  switch (done.kind) {
    case "rotated":
      return { ...done, prefix };
    case "inactive":
      return refused(`${prefix} is not active any more: its key is not rotated.`);
    case "elsewhere":
      return refused(`Another process has just rotated the key of ${prefix} to version ${done.version}.`);
  }
}
