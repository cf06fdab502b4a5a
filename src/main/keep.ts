// What keeps entries and what lets them go, wired: legal holds, forgetting a person, retention and its comparison.

import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import {
  checkContiguity,
  compareWorm,
  forgetSubject,
  holdsOf,
  liftHold,
  retire,
  setHold,
  type OperatorActs,
} from "#audit/io";
import type { CompareAnswer, HoldAnswer, HoldPorts, RetentionAnswer, RetentionPorts } from "#cli";
import { entryId, instantOfMillis, iso, type TenantId } from "#kernel";
import { readConfig, type Environment } from "#platform/config";
import { createLog } from "#platform/log";
import { createRoleDatabase, withOperator, type RoleDatabase } from "#platform/postgres";
import { listTenants } from "#tenants/io";
import { openAudit, type OpenAudit } from "./audit.ts";
import { openHere } from "./database.ts";
import { opened } from "./lifecycle.ts";
import { copyIn } from "./worm-copy.ts";
import { NOTHING_HERE, orRefused, refused, type Refused } from "./refused.ts";

interface Bench extends OpenAudit {
  readonly acts: OperatorActs;
  readonly verifier: RoleDatabase<"verifier"> | null;
}

/** Opens what an operator's act needs, and closes it. */
async function asOperator<T>(
  env: Environment,
  say: (line: string) => void,
  act: (bench: Bench) => Promise<T>,
): Promise<T | Refused> {
  const config = readConfig(env, "start");
  if (config.kind === "invalid") return refused(...config.problems);
  const log = createLog({ level: "warn", secrets: config.secrets });
  const resources = opened(log);
  return orRefused(resources, async () => {
    const open = await openHere(config, log, resources, say);
    if (open === null) return refused(NOTHING_HERE);
    const { database, operator, verifierUrl } = open;
    if (operator === null)
      return refused("DATABASE_ADMIN_URL is missing: this is the operator's act, not the server's.");
    const audit = await openAudit(config, database);
    const verifier = verifierUrl === null ? null : createRoleDatabase({ url: verifierUrl, role: "verifier" });
    if (verifier !== null) resources.add("verifier's pool", () => verifier.close());
    const acts: OperatorActs = {
      access: operator,
      append: audit.audit.append,
      by: { type: "operator", id: userInfo().username },
      observer: { type: "app", id: "countersign" },
      requestId: randomUUID(),
    };
    return act({ ...audit, acts, verifier });
  });
}

export function holdPorts(env: Environment, say: (line: string) => void): HoldPorts {
  const about = (prefix: string, act: (bench: Bench, tenant: TenantId) => Promise<HoldAnswer>): Promise<HoldAnswer> =>
    asOperator(env, say, async (bench) => {
      const tenants = await withOperator(bench.acts.access, listTenants);
      const tenant = tenants.find((each) => each.prefix === prefix.toLowerCase());
      const there = tenants.map((each) => each.prefix).join(", ");
      return tenant === undefined
        ? refused(`There is no tenant of that name. There are: ${there === "" ? "none yet" : there}.`)
        : act(bench, tenant.tenantId);
    });
  return {
    set: (prefix, reason) =>
      about(prefix, async ({ acts }, tenant) => {
        const answer = await setHold(acts, tenant, reason);
        return answer.kind === "refused"
          ? refused(answer.why)
          : { kind: "done", said: `Hold ${answer.hold} is on ${prefix}: nothing of it is erased until it is lifted.` };
      }),
    lift: (prefix, hold, reason) =>
      about(prefix, async ({ acts }, tenant) => {
        const id = entryId(hold);
        if (id === null) return refused("That is no hold's number. See: countersign audit hold list");
        const answer = await liftHold(acts, tenant, id, reason);
        return answer.kind === "refused" ? refused(answer.why) : { kind: "done", said: `Hold ${hold} is lifted.` };
      }),
    list: (prefix) =>
      about(prefix, async ({ acts }, tenant) => {
        const found = await holdsOf(acts, tenant);
        if (found === null) return refused(`The tenant ${prefix} is not active.`);
        const times = found.map(({ hold, since, lifted }) => ({
          hold,
          since: iso(since),
          lifted: lifted === null ? null : iso(lifted),
        }));
        return { kind: "holds", holds: times };
      }),
    forget: (prefix, subject) =>
      about(prefix, async ({ acts, keys }, tenant) => {
        const answer = await forgetSubject({ ...acts, keys }, tenant, subject);
        switch (answer.kind) {
          case "forgotten":
            return { kind: "done", said: "Their key is destroyed: what was sealed under it opens nowhere any more." };
          case "unknown":
            return refused(
              "Nothing is sealed about them in this tenant, so nothing was done. An account is written as github:7, by its number.",
            );
          case "refused":
            return refused(answer.why);
        }
      }),
  };
}

const NO_VERIFIER = "VERIFIER_DATABASE_URL is missing: the login that sees every tenant's hashes.";

export function retentionPorts(env: Environment, say: (line: string) => void): RetentionPorts {
  return {
    retire: ({ worm, months, dryRun }) =>
      asOperator<RetentionAnswer>(env, say, async ({ acts, verifier }) => {
        if (verifier === null) return refused(NO_VERIFIER);
        const now = instantOfMillis(Date.now());
        const source = await copyIn(worm);
        if (source === null) return refused(`${worm} cannot be read as a directory.`);
        return { kind: "months", months: await retire({ ...acts, verifier, worm: source, now, months, dryRun }) };
      }),
    compare: (worm) =>
      asOperator<CompareAnswer>(env, say, async ({ verifier }) => {
        if (verifier === null) return refused(NO_VERIFIER);
        const source = await copyIn(worm);
        return source === null
          ? refused(`${worm} cannot be read as a directory.`)
          : { kind: "compared", ...(await compareWorm(verifier, source)), gaps: await checkContiguity(verifier) };
      }),
  };
}
