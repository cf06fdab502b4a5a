// `approval` and `policy proposals`: what waits for a person, and what came of answers, from the command line.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createApprovals, type Approvals, type Proposal } from "#approvals/io";
import type { ApprovalPorts, ProposalPorts } from "#cli";
import { onDecided } from "#gateway/io";
import { agentOwner, findPerson } from "#identity/io";
import { approvalId } from "#kernel";
import { createTell, receivers } from "#notify/io";
import type { Environment } from "#platform/config";
import { isMissing, makeFile } from "#platform/files";
import { enqueue } from "#platform/jobs";
import type { TenantTx } from "#platform/postgres";
import { boot, monotonicMs } from "./monotonic.ts";
import { refused, type Refused } from "./refused.ts";
import { examineFolder, readWith } from "./proposed-rules.ts";
import { noted, oneLog, shellUser, withLogs, type NamedLog, type OpenLogs } from "./tenant-logs.ts";

interface Here {
  readonly logs: OpenLogs;
  readonly named: NamedLog;
  readonly approvals: Approvals;
  readonly inTenant: <T>(fn: (tx: TenantTx) => Promise<T>) => Promise<T>;
}

async function within<T>(
  env: Environment,
  say: (line: string) => void,
  tenant: string | null,
  work: (here: Here) => Promise<T | Refused>,
): Promise<T | Refused> {
  return withLogs<T | Refused>(env, say, async (logs) => {
    const named = await oneLog(logs, tenant);
    if ("kind" in named) return named;
    const approvals = createApprovals({
      // What stands in Slack says how it ended, whoever ended it.
      notices: { tell: createTell(logs.keys, receivers), urlOf: () => null },
      append: logs.audit.append,
      enqueue,
      keys: logs.keys,
      person: findPerson,
      owner: agentOwner,
      // Nobody says yes from here.
      stepUp: { verify: async () => null },
      onDecided: onDecided(enqueue),
      monotonicMs,
      boot: boot(),
    });
    const inTenant: Here["inTenant"] = async (fn) => logs.database.withTenant(await named.claim(), fn);
    return work({ logs, named, approvals, inTenant });
  });
}

const NO_SUCH = "There is no such request. `countersign approval list` lists those that wait.";

export function approvalPorts(env: Environment, say: (line: string) => void): ApprovalPorts {
  return {
    list: (tenant) =>
      within(env, say, tenant, (here) =>
        here.inTenant(async (tx) => {
          const waiting = await here.approvals.queue(tx);
          await noted(here.logs, tx, "approvals that wait", waiting.length);
          return { kind: "approvals", approvals: waiting } as const;
        }),
      ),
    show: ({ tenant, approval }) =>
      within(env, say, tenant, async (here) => {
        const id = approvalId(approval);
        if (id === null) return refused(NO_SUCH);
        return here.inTenant(async (tx) => {
          const asked = await here.approvals.read(tx, id);
          await noted(here.logs, tx, `approval ${id}`, asked === null ? 0 : 1);
          return asked === null ? refused(NO_SUCH) : ({ kind: "approval", approval: asked } as const);
        });
      }),
    reject: ({ tenant, approval, reason }) =>
      within(env, say, tenant, async (here) => {
        const id = approvalId(approval);
        if (id === null) return refused(NO_SUCH);
        const by = shellUser().initiator.id;
        const decided = await here.inTenant((tx) => here.approvals.reject(tx, { approval: id, by, reason }));
        switch (decided.kind) {
          case "recorded":
          case "already":
            return { kind: "rejected" } as const;
          case "ended":
            return { kind: "ended", standing: decided.standing } as const;
          case "refused":
            return refused(`${decided.why} ${decided.next}`);
          case "unknown":
            return refused(NO_SUCH);
        }
      }),
  };
}

const NO_PROPOSAL = "There is no such proposal. `countersign policy proposals list` lists them.";

export function proposalPorts(env: Environment, say: (line: string) => void): ProposalPorts {
  const found = (here: Here, tx: TenantTx, named: string): Promise<Proposal | null> =>
    here.approvals.proposals.read(tx, named);
  return {
    list: ({ tenant, all }) =>
      within(env, say, tenant, (here) =>
        here.inTenant(async (tx) => {
          const proposals = await here.approvals.proposals.list(tx, all);
          await noted(here.logs, tx, "proposed rules", proposals.length);
          return { kind: "proposals", proposals } as const;
        }),
      ),
    show: ({ tenant, proposal }) =>
      within(env, say, tenant, (here) =>
        here.inTenant(async (tx) => {
          const one = await found(here, tx, proposal);
          await noted(here.logs, tx, "a proposed rule", one === null ? 0 : 1);
          return one === null ? refused(NO_PROPOSAL) : ({ kind: "proposal", proposal: one } as const);
        }),
      ),
    accept: ({ tenant, proposal }) =>
      within(env, say, tenant, (here) => here.inTenant((tx) => accept(here, tx, proposal))),
    drop: ({ tenant, proposal }) =>
      within(env, say, tenant, (here) =>
        here.inTenant(async (tx) => {
          const one = await found(here, tx, proposal);
          if (one === null) return refused(NO_PROPOSAL);
          const { initiator: by, requestId } = shellUser();
          const done = await here.approvals.proposals.end(tx, one, { state: "dropped", by, requestId });
          return done ? ({ kind: "dropped", rule: one.rule } as const) : refused(`It was ${one.state} before.`);
        }),
      ),
  };
}

/**
 * Tried first, with the client's rules as they are now: its cases hold, and all others still do. INVARIANT: the entry and the files are
 * one act: a file that cannot be written takes the entry back.
 */
async function accept(
  { logs, named, approvals }: Here,
  tx: TenantTx,
  which: string,
): Promise<{ readonly kind: "accepted"; readonly rule: string; readonly files: readonly string[] } | Refused> {
  const one = await approvals.proposals.read(tx, which);
  if (one === null) return refused(NO_PROPOSAL);
  if (one.state !== "open") return refused(`It was ${one.state} before.`);
  const folder = join(logs.clientsDir, named.prefix, "constitution");
  const problems = await examineFolder(await readWith(folder, one), one);
  if (problems.length > 0) return refused(...problems);
  const { initiator: by, requestId } = shellUser();
  if (!(await approvals.proposals.end(tx, one, { state: "accepted", by, requestId })))
    return refused("Somebody else has accepted or dropped it meanwhile.");
  const written: string[] = [];
  for (const [name, text] of filesOf(one)) {
    const path = join(folder, name);
    if (!(await makeFile(path, Buffer.from(text))) && (await textOf(path)) !== text)
      return refused(`${path} is there already, and is something else. Move it away, or drop the proposal.`);
    written.push(path);
  }
  return { kind: "accepted", rule: one.rule, files: written };
}

const filesOf = ({ rule, files }: Proposal): readonly (readonly [string, string])[] =>
  [
    [`${rule}.cedar`, files.cedar] as const,
    [`${rule}.cases.yaml`, files.cases] as const,
    [`${rule}.md`, files.prose] as const,
  ].flatMap(([name, text]) => (text === null ? [] : [[name, text] as const]));

const textOf = (path: string): Promise<string | null> =>
  readFile(path, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
