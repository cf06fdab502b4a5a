import type { PersonPorts } from "#cli";
import { listAgents, peopleOf, putPerson, removePerson, type KeyAccess, type ListedPerson } from "#identity/io";
import { readConfig, type Environment } from "#platform/config";
import { accountNamed } from "#platform/github";
import { handOver } from "#tickets/io";
import { unanswered } from "./approver-finding.ts";
import { CLIENT_INACTIVE, clientOperator } from "./client-operator.ts";
import { refused, type Refused } from "./refused.ts";
import { shellUser, type NamedLog } from "./tenant-logs.ts";

export function personPorts(env: Environment, say: (line: string) => void): PersonPorts {
  const asOperator = clientOperator(env, say, "say who approves");

  /** By the name that is listed: GitHub's of the last sign-in. Names are case-insensitive there. */
  const known = async (access: KeyAccess, { tenantId, prefix }: NamedLog, login: string) => {
    const found = (await peopleOf(access, tenantId)).find((each) => each.login.toLowerCase() === login.toLowerCase());
    return (
      found ??
      refused(`Tenant ${prefix} has nobody of that login. \`countersign person list --tenant ${prefix}\` lists them.`)
    );
  };
  const left = async (access: KeyAccess, { tenantId }: NamedLog) => ({
    unanswered: unanswered(await listAgents(access, tenantId), await peopleOf(access, tenantId)),
  });
  const isRefused = (found: ListedPerson | Refused): found is Refused => "kind" in found;

  return {
    add: ({ tenant, login, github, roles }) =>
      asOperator(tenant, async (access, { tenantId }) => {
        const account = github === null ? await lookUp(env, login) : { id: github, login };
        if ("kind" in account) return account;
        const made = await putPerson(access, {
          tenant: tenantId,
          github: account.id,
          login: account.login,
          roles,
          by: shellUser(),
        });
        return made.kind === "no_tenant" ? refused(CLIENT_INACTIVE) : made;
      }),
    list: (tenant) =>
      asOperator(tenant, async (access, { tenantId }) => ({
        kind: "people",
        people: await peopleOf(access, tenantId),
      })),
    roles: ({ tenant, login, roles }) =>
      asOperator(tenant, async (access, named) => {
        const found = await known(access, named, login);
        if (isRefused(found)) return found;
        if (found.github === null) return refused(`${login} has no GitHub account.`);
        const made = await putPerson(access, {
          tenant: named.tenantId,
          github: found.github,
          login: found.login,
          roles,
          by: shellUser(),
        });
        return made.kind === "no_tenant" ? refused(CLIENT_INACTIVE) : { ...made, ...(await left(access, named)) };
      }),
    remove: ({ tenant, login }) =>
      asOperator(tenant, async (access, named) => {
        const found = await known(access, named, login);
        if (isRefused(found)) return found;
        const done = await removePerson(
          { ...access, handOver },
          { tenant: named.tenantId, person: found.person, by: shellUser() },
        );
        if (done.kind === "unknown") return refused(CLIENT_INACTIVE);
        const people = await peopleOf(access, named.tenantId);
        const heir = people.find(({ person }) => person === done.handed.to)?.login ?? null;
        return { ...done, handed: { to: heir, tickets: done.handed.tickets }, ...(await left(access, named)) };
      }),
  };
}

async function lookUp(env: Environment, login: string) {
  const config = readConfig(env, "start");
  if (config.kind !== "serve")
    return refused("GitHub cannot be asked from here who that is: give the account's number, too, with --github-id.");
  const found = await accountNamed(config.github.apiUrl, login);
  return found ?? refused(`GitHub knows no person named ${login}. A bot or an organisation cannot approve.`);
}
