// What the demo's agent asks for at the start: one call that runs by itself, one that no rule allows, and one that waits for a visitor.

import { setTimeout as pause } from "node:timers/promises";
import type { Append } from "#audit/io";
import type { Story } from "#demo";
import type { Answer, Asked, Gateway } from "#gateway";
import { repositoryNamed } from "#gate/io";
import { addAgent, agentNow, personByGithub } from "#identity/io";
import { instantOfMillis, repoName, userId, type RepoName, type TenantId } from "#kernel";
import type { Log } from "#platform/log";
import type { Heard } from "#tickets";
import type { Tickets } from "#tickets/io";
import { inTenant } from "./claims.ts";
import type { OpenDatabase } from "./database.ts";

interface Seeding {
  readonly story: Story;
  readonly database: OpenDatabase;
  readonly append: Append;
  readonly tenants: ReadonlyMap<string, TenantId>;
  readonly gateway: Gateway;
  readonly tickets: Pick<Tickets, "hear">;
  readonly signal: AbortSignal;
  readonly log: Log;
}

const BY = { initiator: { type: "operator", id: "demo" }, requestId: "demo-start" } as const;
/** Countersign knows a repository from its first delivery on. */
const LOOKS = 240;
const LOOK_MS = 500;
/** The doer may still be starting. */
const READ_MS = 30_000;

const CALM = {
  idempotencyKey: null,
  explain: false,
  session: "demo",
  batch: null,
  citations: [],
  confidence: null,
  traceparent: null,
  from: "http",
} as const;

/** The person who asked the agents for the first piece of work is this one's, too. Nothing here keeps the demo from starting. */
export async function seedCalls(seeding: Seeding): Promise<void> {
  try {
    await seed(seeding);
  } catch (error) {
    if (!seeding.signal.aborted) seeding.log.warn({ err: error }, "the demo's agent could not ask for its calls");
  }
}

async function seed({ story, database, append, tenants, gateway, tickets, signal, log }: Seeding): Promise<void> {
  const [work] = story.asked;
  const tenant = work === undefined ? undefined : tenants.get(work.owner);
  const requester = work === undefined ? null : userId(work.userId);
  const name =
    work === undefined
      ? null
      : repoName(`${work.owner}/${story.world.repositories.get(work.repositoryId)?.name ?? ""}`);
  if (work === undefined || tenant === undefined || requester === null || name === null || database.operator === null)
    return;
  const added = await addAgent(
    { ...database.operator, append },
    { tenant, name: "fixer", requester, tools: "all", by: BY },
  );
  if (added.kind !== "added") return;
  for (let look = 0; look < LOOKS && !signal.aborted; look += 1) {
    const known = await inTenant(database.database, tenant, (tx) => repositoryNamed(tx, name), null);
    if (known !== null) break;
    await pause(LOOK_MS, undefined, { signal, ref: false });
  }
  const who = await inTenant(database.database, tenant, (tx) => agentNow(tx, added.id, personByGithub), null);
  if (who === null) return;
  const ask = (asked: Pick<Asked, "tool" | "arguments">, waitMs = LOOK_MS): Promise<Answer> =>
    gateway.handle(who, { ...CALM, ...asked }, waitMs);
  const ticket = await inTenant(database.database, tenant, (tx) => tickets.hear(tx, report(name)), null);
  const named = String(ticket?.number ?? "");
  const answers = [
    // Waited for: what a session has read counts in what is asked after it, and an approval does not outlive a change of that.
    await ask({ tool: "checks.read", arguments: { repository: name } }, READ_MS),
    await ask({
      tool: "repo.propose",
      arguments: {
        repository: name,
        branch: "fixer/quicker-builds",
        title: "Skip the slow tests",
        body: "The build takes too long.",
        changes: [{ kind: "write", path: ".github/workflows/ci.yml", content: "on: push\n" }],
      },
    }),
    await ask({
      tool: "pr.comment",
      arguments: {
        repository: name,
        pull_request: work.number,
        body: "I could reproduce it with the order of Jane Doe (jane.doe@example.com, IBAN DE89 3704 0044 0532 0130 00): the total is rounded down there, too.",
      },
    }),
    ...(named === ""
      ? []
      : [
          await ask({ tool: "ticket.read", arguments: { ticket: named } }, READ_MS),
          await ask(
            {
              tool: "ticket.update",
              arguments: { ticket: named, state: "working", note: "I can reproduce it: totals are rounded down." },
            },
            READ_MS,
          ),
        ]),
  ];
  log.info({ answers: answers.map(({ kind }) => kind) }, "the demo's agent has asked for its calls");
}

/** What a customer wrote: from then on it has an owner and a clock. */
const report = (name: RepoName): Heard => ({
  channel: "api",
  conversation: null,
  answers: [],
  number: null,
  message: `demo:${name}`,
  sender: "client_person",
  from: { name: "Jane Doe", address: "jane.doe@example.com", id: null },
  title: "My invoice is a cent short",
  text: "The sum of the lines is 10.01, and the invoice says 10.00. It has been so since Monday.",
  sentAt: instantOfMillis(Date.now()),
  opens: true,
  repository: null,
});
