// `ticket`: from the command line, by whoever has a shell here, in their name.

import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Done, OfTicket, TicketPorts } from "#cli";
import { enterLog } from "#audit/io";
import { repositoryNamed } from "#gate/io";
import { listPeople } from "#identity/io";
import { instantOfMillis, PLATFORM_LOG, type PersonId, type TicketId } from "#kernel";
import { createTell, givenOut, receivers } from "#notify/io";
import type { Environment } from "#platform/config";
import { isMissing } from "#platform/files";
import { withOperator, type TenantTx } from "#platform/postgres";
import { listTenants, openClients, openSecret } from "#tenants/io";
import { clientOf, nextActFirst, pullNamed, ticketNamed, type Heard } from "#tickets";
import {
  believeClock,
  clockEntry,
  clockState,
  createTickets,
  setDesk,
  setHours,
  showDesk,
  type Acted,
  type Actor,
  type Tickets,
  type TicketsDeps,
} from "#tickets/io";
import { refused, type Refused } from "./refused.ts";
import { namedLogs, noted, oneLog, shellUser, withLogs, type NamedLog, type OpenLogs } from "./tenant-logs.ts";
import { ticketDeps } from "./tickets.ts";
import { isSet } from "./webhooks.ts";

interface Here {
  readonly logs: OpenLogs;
  readonly named: NamedLog;
  readonly deps: TicketsDeps;
  readonly tickets: Tickets;
  readonly inTenant: <T>(fn: (tx: TenantTx) => Promise<T>) => Promise<T>;
}

const NO_SUCH = "There is no such ticket. `countersign ticket list` lists those that are open.";

/** How many webhooks hear when an owner is paged. */
export const hearing = async (tx: TenantTx): Promise<number> => (await receivers(tx, "ticket.page")).length;

function byShell(): Actor {
  const { initiator, requestId } = shellUser();
  return { party: initiator, name: initiator.id, requestId, channel: "cli" };
}

export function ticketPorts(env: Environment, say: (line: string) => void): TicketPorts {
  const within = <T>(tenant: string | null, work: (here: Here) => Promise<T | Refused>): Promise<T | Refused> =>
    withLogs<T | Refused>(env, say, async (logs) => {
      const named = await oneLog(logs, tenant);
      if ("kind" in named) return named;
      return named.tenantId === PLATFORM_LOG
        ? refused("That is the platform's own log, and no client's.")
        : work(hereOf(logs, named));
    });
  /** `ACME-7` names its client itself. */
  const about = <T>({ tenant, ticket }: OfTicket, work: (here: Here) => Promise<T | Refused>): Promise<T | Refused> =>
    within(tenant ?? clientOf(ticket), work);

  return {
    list: (asked) =>
      asked.tenant === null
        ? withLogs(env, say, (logs) => listEverybodys(logs, asked))
        : within(asked.tenant, (here) => listOne(here, asked)),
    show: ({ tenant, ticket }) =>
      about({ tenant, ticket }, (here) =>
        here.inTenant(async (tx) => {
          const ref = ticketNamed(ticket, here.named.prefix);
          const found = ref === null ? null : await here.tickets.read(tx, ref);
          await noted(here.logs, tx, `ticket ${ticket.slice(0, 60)}`, found === null ? 0 : 1);
          return found === null ? refused(NO_SUCH) : ({ kind: "ticket", ticket: found } as const);
        }),
      ),
    open: ({ tenant, title, text, customer }) =>
      within(tenant, (here) =>
        here.inTenant(async (tx) => {
          const { number } = await here.tickets.hear(tx, openedBy(title, text, customer));
          return { kind: "opened", name: `${here.named.prefix.toUpperCase()}-${number ?? 0}` } as const;
        }),
      ),
    act: ({ tenant, ticket, act }) =>
      about({ tenant, ticket }, (here) =>
        here.inTenant(async (tx) => {
          const ref = ticketNamed(ticket, here.named.prefix);
          const found = ref === null ? null : await here.tickets.read(tx, ref);
          if (found === null) return refused(NO_SUCH);
          const { tickets } = here;
          const by = byShell();
          const told = "text" in act && act.text !== null ? await wayOut(here) : null;
          const answerOf = async (name: string, acted: Acted) => answered(name, acted, () => told?.(tx, found.ticket));
          switch (act.kind) {
            case "reply":
              return answerOf(found.name, await tickets.reply(tx, found.ticket, by, act.text, null));
            case "reassign": {
              const owner = await personNamed(tx, act.login);
              if (typeof owner !== "string") return owner;
              const asked = { kind: "reassign", owner } as const;
              return answerOf(found.name, await tickets.act(tx, found.ticket, asked, by, null));
            }
            case "link":
            case "unlink": {
              const pull = pullNamed(act.pull);
              if (pull === null)
                return refused(
                  `${act.pull} is no pull request's name. Write it as acme/app#12: owner, repository, number.`,
                );
              const repository = await repositoryNamed(tx, pull.repository);
              if (repository === null)
                return refused(
                  `Countersign sees no repository ${pull.repository} of this client's: it is misspelt, or the App is not installed there. A moved one has its new name.`,
                );
              const ref = { repository: repository.id, number: pull.number };
              return answerOf(found.name, await tickets[act.kind](tx, found.ticket, ref, by));
            }
            case "trust":
              return answerOf(found.name, await tickets.trust(tx, found.ticket, act.read, by));
            case "close": {
              const asked = { kind: "close", reason: act.reason } as const;
              return answerOf(found.name, await tickets.act(tx, found.ticket, asked, by, act.text));
            }
            case "ask":
            case "triage":
            case "start":
            case "resolve":
            case "reopen":
              return answerOf(found.name, await tickets.act(tx, found.ticket, { kind: act.kind }, by, act.text));
          }
        }),
      ),
    desk: (tenant) =>
      within(tenant, ({ deps, inTenant }) =>
        inTenant(
          async (tx) => ({ kind: "desk", desk: await showDesk(deps, tx), receivers: await hearing(tx) }) as const,
        ),
      ),
    setDesk: ({ tenant, owner, pages, quiet, label }) =>
      within(tenant, ({ deps, inTenant }) =>
        inTenant(async (tx) => {
          const person = owner === null ? null : await personNamed(tx, owner);
          if (person !== null && typeof person !== "string") return person;
          const wanted = {
            ...(person === null ? {} : { owner: person }),
            ...(pages === null ? {} : { pages }),
            ...(quiet === null ? {} : { quiet }),
            ...(label === null ? {} : { label }),
          };
          const done = await setDesk(deps, tx, wanted, byShell());
          return done.kind === "refused"
            ? refused(...done.problems)
            : ({ kind: "desk", desk: done.desk, receivers: await hearing(tx) } as const);
        }),
      ),
    setHours: ({ tenant, file, targetMs }) =>
      within(tenant, async ({ deps, inTenant }) => {
        const given = file === null ? null : await readJson(file);
        if (given !== null && given.kind === "refused") return given;
        return inTenant(async (tx) => {
          const { hours } = await showDesk(deps, tx);
          const calendar = given === null ? hours.calendar : given.value;
          const done = await setHours(deps, tx, { calendar, targetMs: targetMs ?? hours.target }, byShell());
          return done.kind === "refused" ? refused(...done.problems) : done;
        });
      }),
    clock: () =>
      withLogs(env, say, async ({ database }) => ({ kind: "clock", clock: await database.withPlatform(clockState) })),
    believe: () =>
      withLogs(env, say, async ({ operator, audit }) => {
        if (operator === null)
          return refused("DATABASE_ADMIN_URL is missing: only the operator's login may say that the clock is right.");
        return withOperator(operator, async (tx) => {
          const { why } = await clockState(tx);
          const changed = await believeClock(tx);
          const log = changed ? await enterLog(tx, PLATFORM_LOG) : null;
          if (log !== null) await audit.append(log, clockEntry(byShell(), why));
          return { kind: "believed", changed } as const;
        });
      }),
  };
}

function hereOf(logs: OpenLogs, named: NamedLog): Here {
  const deps = ticketDeps({ append: logs.audit.append, keys: logs.keys, tell: createTell(logs.keys, receivers) });
  const inTenant: Here["inTenant"] = async (fn) => logs.database.withTenant(await named.claim(), fn);
  return { logs, named, deps, tickets: createTickets(deps), inTenant };
}

interface Listing {
  readonly owner: string | null;
  readonly all: boolean;
}
type Listed = Awaited<ReturnType<TicketPorts["list"]>>;

const listOne = (here: Here, { owner, all }: Listing): Promise<Listed> =>
  here.inTenant(async (tx) => {
    const person = owner === null ? null : await personNamed(tx, owner);
    if (person !== null && typeof person !== "string") return person;
    const tickets = await here.tickets.list(tx, { owner: person, all });
    await noted(here.logs, tx, "tickets", tickets.length);
    return { kind: "tickets", tickets, suspended: [] };
  });

/** Of every client, each read with its own rights and on record in its own log. Whose people lack that owner has nothing of theirs. */
async function listEverybodys(logs: OpenLogs, asked: Listing): Promise<Listed> {
  const clients = (await namedLogs(logs, null)).filter(({ tenantId }) => tenantId !== PLATFORM_LOG);
  const lists: Listed[] = [];
  for (const named of clients) lists.push(await listOne(hereOf(logs, named), asked));
  const [nobody] = lists;
  if (nobody?.kind === "refused" && lists.every(({ kind }) => kind === "refused")) return nobody;
  return {
    kind: "tickets",
    tickets: lists.flatMap((each) => (each.kind === "tickets" ? each.tickets : [])).toSorted(nextActFirst),
    suspended: await suspendedOnes(logs),
  };
}

/** Who knows nothing of them, as the server, names none. */
async function suspendedOnes({ operator }: OpenLogs): Promise<readonly string[]> {
  if (operator === null) return [];
  const all = await withOperator(operator, listTenants);
  return all.filter(({ state }) => state === "suspended").map(({ prefix }) => prefix);
}

async function personNamed(tx: TenantTx, login: string): Promise<PersonId | Refused> {
  const found = (await listPeople(tx)).find((each) => each.login.toLowerCase() === login.toLowerCase());
  return (
    found?.person ?? refused(`Nobody of this client's people is ${login}. \`countersign person list\` lists them.`)
  );
}

function openedBy(title: string, text: string, customer: { name: string; address: string | null } | null): Heard {
  const id = randomUUID();
  return {
    channel: "cli",
    conversation: null,
    answers: [],
    number: null,
    message: `cli:${id}`,
    sender: customer === null ? "staff" : "client_person",
    from:
      customer === null
        ? { name: shellUser().initiator.id, address: null, id: null }
        : { ...customer, id: customer.address },
    title,
    text,
    sentAt: instantOfMillis(Date.now()),
    opens: true,
    repository: null,
  };
}

type Told = NonNullable<Done["told"]>;

/** By which ways what was said leaves, and whether it waits there for a credential. */
async function wayOut({ logs, named }: Here): Promise<(tx: TenantTx, ticket: TicketId) => Promise<Told>> {
  const clients = await openClients(logs.clientsDir);
  return async (tx, ticket) => {
    const has = async (name: string): Promise<boolean> =>
      (await openSecret({ clients, keys: logs.keys }, tx, { prefix: named.prefix, name })).kind === "opened";
    const told: Told[number][] = [];
    for (const channel of await givenOut(tx, ticket)) told.push({ channel, held: !(await isSet(channel, has)) });
    return told;
  };
}

async function answered(name: string, acted: Acted, told: () => Promise<Told> | undefined) {
  switch (acted.kind) {
    case "done":
      return { kind: "done", name, state: acted.state, told: (await told()) ?? null } as const;
    case "unchanged":
      return acted;
    case "refused":
      return refused(`${acted.why} ${acted.next}`);
    case "unknown":
      return refused(NO_SUCH);
  }
}

const TOO_LARGE = 1_000_000;

async function readJson(path: string): Promise<Refused | { readonly kind: "json"; readonly value: unknown }> {
  try {
    const text = await readFile(path, "utf8");
    if (text.length > TOO_LARGE) return refused(`${path} is too large for hours of work.`);
    return { kind: "json", value: JSON.parse(text) };
  } catch (error) {
    if (isMissing(error)) return refused(`There is no file ${path}.`);
    if (error instanceof SyntaxError) return refused(`${path} is no JSON.`);
    throw error;
  }
}
