// What the demo's pages ask of the running supervisor: its audit log, whether it is at work, and a merge.

import sql from "sql-template-tag";
import { z } from "zod";
import type { Audit, ReadEntry } from "#audit/io";
import { account, findRepository, mountDemo, type AuditLine, type Incident, type Story } from "#demo";
import { prNumber, repositoryId, type TenantId } from "#kernel";
import type { DemoConfig } from "#platform/config";
import { createHttpApp, listen, type Listening } from "#platform/http";
import type { Log } from "#platform/log";
import type { Database } from "#platform/postgres";
import { inTenant } from "./claims.ts";
import type { DemoLog } from "./demo-log.ts";
import type { Supervisor } from "./supervisor.ts";

export interface DemoPageParts {
  readonly config: DemoConfig;
  readonly log: Log;
  readonly story: Story;
  readonly database: Database;
  readonly audit: Audit;
  /** By the login of the repositories' owner. */
  readonly tenants: ReadonlyMap<string, TenantId>;
  readonly supervisor: Supervisor;
  readonly demoLog: DemoLog;
  readonly githubUrl: string;
}

interface PullAddress {
  readonly repo: string;
  readonly number: number;
}

/** Entries looked through, and shown of them. */
const READ_BACK = 400;
const SHOWN = 40;
const entryBody = z.object({ target: z.object({ type: z.string(), id: z.string() }), requestId: z.string() });
const waiting = z.object({ waiting: z.coerce.number() });

const PEOPLE = /^\/(?:approvals|controls|passkeys|slack|login)(?:\/|$)/;
export const peopleUrlOf = (port: number): string => `http://localhost:${port}`;

export async function servePages(parts: DemoPageParts): Promise<Listening> {
  const { database, story, supervisor, tenants } = parts;
  const log = parts.audit;
  const world = story.world;

  const repositoryOf = (pull: PullAddress) => {
    const repository = findRepository(world, pull.repo);
    const tenant = tenants.get(pull.repo.split("/", 1)[0] ?? "");
    return repository === undefined || tenant === undefined
      ? null
      : { repository, tenant, pull: repository.pulls.get(pull.number) };
  };

  async function audit(pull: PullAddress): Promise<readonly AuditLine[]> {
    const found = repositoryOf(pull);
    if (found === null) return [];
    const entries = await inTenant(database, found.tenant, (tx) => log.recent(tx, { limit: READ_BACK }), []);
    return entries
      .filter((entry) => concerns(entry, found.repository.id, pull.number, found.pull?.headSha ?? ""))
      .slice(0, SHOWN)
      .map(lineOf);
  }

  async function incidents(): Promise<readonly Incident[]> {
    const lists = await Promise.all(
      story.tenants.map(async ({ prefix, owner }) => {
        const tenant = tenants.get(owner);
        if (tenant === undefined) return [];
        const entries = await inTenant(
          database,
          tenant,
          (tx) => log.recent(tx, { limit: 20, kinds: ["gate.incident", "gate.revert"] }),
          [],
        );
        return entries.flatMap((entry) => {
          const what = incidentText(entry);
          return what === null ? [] : [{ at: entry.at, tenant: prefix, what }];
        });
      }),
    );
    return lists.flat().toSorted((a, b) => b.at - a.at);
  }

  /** Something about this pull request is under way: deliveries to be sent or read, or its own jobs. The sweep's are not. */
  async function busy(pull: PullAddress): Promise<boolean> {
    if (world.hook.queue.length > 0 || world.hook.flushing !== null) return true;
    const found = repositoryOf(pull);
    if (found === null) return false;
    const place = `${found.tenant}:${found.repository.id}`;
    const keys = [`gate.evaluate:${place}#${pull.number}`, `gate.publish:${place}:${found.pull?.headSha ?? ""}`];
    const row = await database.withPlatform((tx) =>
      tx.one(
        sql`select count(*) as waiting from graphile_worker.jobs
          where attempts < max_attempts and (task_identifier in ('github.delivery', 'github.reply', 'gate.merge') or key = any(${keys}::text[]))`,
        waiting,
      ),
    );
    return row.waiting > 0;
  }

  async function askToMerge({ repo, number, by }: PullAddress & { readonly by: string }): Promise<string> {
    const found = repositoryOf({ repo, number });
    const [id, pull] = [found === null ? null : repositoryId(found.repository.id), prNumber(number)];
    if (found === null || id === null || pull === null) return "There is no such pull request.";
    const requestedBy = { type: "human", id: String(account(world, by).id) } as const;
    const answer = await inTenant(
      database,
      found.tenant,
      (tx) => supervisor.intake.requestMerge(tx, { repositoryId: id, number: pull, requestedBy }),
      { kind: "suspended" } as const,
    );
    switch (answer.kind) {
      case "suspended":
        return "This client is suspended: nothing is done for it.";
      case "requested":
        return `${by} asked Countersign to merge. It decides again from fresh facts; the audit log below says what came of it.`;
      case "under_way":
        return "Countersign is at it already.";
      case "merged_already":
        return "Countersign merged it already.";
      case "unknown_repository":
        return "Countersign has not heard of this repository yet. Try again in a moment.";
    }
  }

  const app = createHttpApp({ log: parts.log, notReady: async () => null });
  app.route("/", supervisor.logRoutes);
  app.route("/", supervisor.agents);
  // One address for cookies, forms and passkeys, whichever name of this machine was typed.
  app.get("*", async (c, next) => {
    const { hostname, port, pathname, search } = new URL(c.req.url);
    return PEOPLE.test(pathname) && hostname !== "localhost"
      ? c.redirect(`${peopleUrlOf(Number(port))}${pathname}${search}`, 302)
      : next();
  });
  app.route("/", supervisor.people.routes);
  mountDemo(app, {
    world,
    askToMerge,
    audit,
    log: parts.demoLog.log,
    verify: parts.demoLog.verify,
    incidents,
    busy,
    tenantOf: (owner) => story.tenants.find((tenant) => tenant.owner === owner)?.prefix ?? owner,
    footer: `The demo's GitHub listens on ${parts.githubUrl} and Countersign on http://${supervisor.at.host}:${supervisor.at.port}, on this machine only. Every start tells the story anew. Times are UTC.`,
  });
  return listen(app, parts.config.http);
}

function concerns(entry: ReadEntry, repository: number, number: number, head: string): boolean {
  const parsed = entryBody.safeParse(entry.body);
  if (!parsed.success) return false;
  const { id } = parsed.data.target;
  return id === `${repository}#${number}` || id === `${repository}/${number}` || id === `${repository}@${head}`;
}

function lineOf(entry: ReadEntry): AuditLine {
  return {
    id: entry.id,
    at: entry.at,
    kind: entry.kind,
    outcome: entry.outcome,
    leafHash: entry.leafHash,
    body: JSON.stringify(entry.body, null, 2),
  };
}

const raised = z.object({ payload: z.object({ detail: z.string() }) });
const answered = z.object({ payload: z.object({ number: z.number().nullable(), why: z.string() }) });

/** null: nothing that a visitor needs to read (the intent of a revert, say). */
function incidentText(entry: ReadEntry): string | null {
  const incident = raised.safeParse(entry.body);
  if (entry.kind === "gate.incident" && incident.success) return incident.data.payload.detail;
  const revert = answered.safeParse(entry.body);
  if (entry.kind !== "gate.revert" || !revert.success) return null;
  const { number, why } = revert.data.payload;
  return number === null
    ? `No revert pull request could be opened: ${why}.`
    : `Answered with pull request #${number}, which takes it back. It needs an approval like any other change.`;
}
