// A1, A3 as a list that cannot be forgotten: whatever can change something, or show a tenant's data, and the entry that says so.
// What is new (a table, a write to GitHub, a command, a route) fails here until somebody has said which entry tells of it.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import type { EntryKind } from "#audit";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const SRC = join(import.meta.dirname, "../../src");

/** Either the entries that tell of it, or the reason why there is nothing to tell. */
type Told = { readonly entries: readonly EntryKind[] } | { readonly why: string };
const by = (...entries: readonly EntryKind[]): Told => ({ entries });
const untold = (why: string): Told => ({ why });

const SHOWN_BY_A_DELIVERY = by("github.delivery");
const THE_LOG_ITSELF = untold("the log's own rows: they are the entry");
const OFFBOARD_LEDGER = untold("the ledger of an erasure that tenant.erase.ordered told of; its certificate has it");
const CHANGES_NOTHING = untold(
  "decides from files that are given to it, or looks at settings and counts: no tenant's data",
);

function files(under: string): readonly string[] {
  return readdirSync(join(SRC, under), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && file.name.endsWith(".ts"))
    .map((file) => relative(SRC, join(file.parentPath, file.name)))
    .toSorted();
}
const source = (file: string): string => readFileSync(join(SRC, file), "utf8");
/** Files that are the product's: the demo's world plays GitHub, and the sign-in of the App has no tenant yet. */
const product = files("").filter((file) => !file.startsWith("demo/"));
const matching = (pattern: RegExp): readonly string[] => product.filter((file) => pattern.test(source(file)));
const keysOf = (table: Readonly<Record<string, unknown>>): readonly string[] => Object.keys(table).toSorted();

/** By table: everything that the login of the server, of the operator or of the lease broker may insert, update or delete. */
const TABLES: Readonly<Record<string, Told>> = {
  "audit.body": THE_LOG_ITSELF,
  "audit.entry": THE_LOG_ITSELF,
  "audit.legal_hold": by("tenant.hold"),
  "audit.open_intent": by("audit.intent_open"),
  "audit.search": untold(
    "an index that is made again from the log (`audit reindex`, an audit.read); it proves nothing",
  ),
  "gate.base_seen": SHOWN_BY_A_DELIVERY,
  "gate.branch_walk": untold("how far a branch was looked at; what was found there is a gate.incident"),
  "gate.check_run": by("gate.publish"),
  "gate.contribution": SHOWN_BY_A_DELIVERY,
  "gate.head_seen": SHOWN_BY_A_DELIVERY,
  "gate.incident": by("gate.incident"),
  "gate.merge_attempt": by("gate.merge"),
  "gate.merge_group": by("gate.verdict"),
  "gate.pull_request": by("gate.verdict"),
  "gate.push_seen": SHOWN_BY_A_DELIVERY,
  "gate.repository": SHOWN_BY_A_DELIVERY,
  "gate.requester": SHOWN_BY_A_DELIVERY,
  "gate.revert": by("gate.revert"),
  "gate.review_seen": SHOWN_BY_A_DELIVERY,
  "approvals.answer": by("approval.decide"),
  "approvals.approval": by("approval.request", "approval.decide", "approval.expire", "approval.void"),
  "approvals.board": by("approval.publish"),
  "approvals.link": untold("a link to a page, for one person; what is answered through it is told with the answer"),
  "approvals.proposal": by("rule.propose"),
  "gate.service_account": untold("nothing writes it yet"),
  "gate.step_up": SHOWN_BY_A_DELIVERY,
  "gate.stop": by("gate.command"),
  "gate.verdict": by("gate.verdict"),
  "gateway.call": by("call.verdict", "call.execute", "call.refused"),
  "gateway.trace": untold("stages and times of a call; what became of it is told by the call's own entries"),
  "identity.agent": by("agent.add", "agent.revoke"),
  "inbox.delivery": by("github.delivery"),
  "inbox.reply": by("gate.command", "github.reply"),
  "keys.break_glass": by("kek.break_glass", "kek.rotate", "kek.end"),
  "keys.revocation": by("kek.break_glass", "secret.revoked"),
  "keys.dek": untold("a wrapped key, made with the first entry that is sealed under it"),
  "leases.lease": by("lease.mint", "lease.revoke"),
  "keys.root": untold("the fingerprint of the root key, once in a database's life, before its first entry"),
};

/** By function: what the operator's login may do, and the server's, with more rights than its own. */
const FUNCTIONS: Readonly<Record<string, Told>> = {
  "audit.drop_month": by("retention.drop"),
  "audit.erase_month_begin": by("retention.drop"),
  "audit.erase_month_rows": by("retention.drop"),
  "audit.erase_order": by("tenant.erase.ordered"),
  "audit.erase_tenant_begin": by("tenant.erase.ordered"),
  "audit.erase_tenant_end": by("tenant.erased"),
  "audit.erase_tenant_pin": by("tenant.erased"),
  "audit.erase_tenant_rows": by("tenant.erased"),
  "audit.erase_tenant_step": by("tenant.erased"),
  "audit.erase_tenant_table": by("tenant.erased"),
  "audit.erase_withdraw": by("tenant.reinstate"),
  "audit.make_months_ahead": untold("empty partitions for the months to come; nothing is in them"),
  "identity.add_operator": by("operator.add"),
  "identity.ask_act": by("act.ask"),
  "identity.confirm_act": by("act.confirm"),
  "identity.drop_acts": untold("what was asked for about a tenant that is leaving; its log has had each of them"),
  "identity.issue_agent_key": by("key.issue"),
  "identity.issue_key": by("key.issue"),
  "identity.revoke_agent": by("agent.revoke"),
  "identity.revoke_key": by("key.revoke"),
  "identity.revoke_operator": by("operator.revoke"),
  "identity.rotate_key": by("key.rotate"),
  "identity.take_act": by("act.take"),
  "identity.use_key": by("key.use"),
  "keys.count_seals": by("secret.set"),
  "keys.end_env": by("kek.end", "secret.rotate"),
  "keys.retire_all": by("kek.break_glass"),
  "keys.retire_due": untold("a key's turn that is over after 90 days; the next one's id is in what it seals"),
  "keys.destroy_subject": by("subject.erased"),
  "keys.kek_begin": by("kek.rotate"),
  "keys.kek_end": by("kek.end"),
  "keys.kek_finish": by("kek.rotate"),
  "keys.kek_rewrap": by("kek.rotate"),
  "keys.retire_env": by("secret.rotate"),
  "platform.bury": by("tenant.certificate"),
  "platform.forget_asset": by("tenant.erased"),
  "platform.register_file": by("tenant.onboard", "secret.set", "secret.remove", "secret.rotate"),
  "platform.bind_installation": by("tenant.bind_installation"),
  "platform.note_installation": untold(
    "a number that nobody owns yet, for the operator's list; there is no tenant to tell",
  ),
  "platform.note_installation_state": by("tenant.installation"),
  "platform.onboard_tenant": by("tenant.onboard"),
  "platform.begin_offboard": by("tenant.erase.ordered"),
  "platform.begin_purge": by("tenant.erase.ordered"),
  "platform.disable_api_keys": by("tenant.erase.ordered"),
  "platform.end_offboard": by("tenant.erased"),
  "platform.erase_jobs": by("tenant.erased"),
  "platform.erase_registry": by("tenant.erased"),
  "platform.offboard_count": OFFBOARD_LEDGER,
  "platform.offboard_failed": OFFBOARD_LEDGER,
  "platform.offboard_note": OFFBOARD_LEDGER,
  "platform.offboard_over": by("tenant.reinstate"),
  "platform.offboard_override": by("tenant.erase.step"),
  "platform.offboard_taken": OFFBOARD_LEDGER,
  "platform.suspend_uninstalled": by("tenant.suspend"),
  "platform.reinstate_tenant": by("tenant.reinstate"),
  "platform.suspend_tenant": by("tenant.suspend"),
};

/** By file: every call that changes something at GitHub, and who writes its intent before and its outcome after. */
const GITHUB_WRITES: Readonly<
  Record<string, { readonly entry: EntryKind; readonly writtenIn: string } | { readonly why: string }>
> = {
  "approvals/io/comments.ts": { entry: "approval.publish", writtenIn: "approvals/io/tell.ts" },
  "gate/io/execute.ts": { entry: "gate.merge", writtenIn: "gate/io/attempts.ts" },
  "gate/io/merge-queue.ts": { entry: "gate.merge", writtenIn: "gate/io/attempts.ts" },
  "gate/io/reconcile/deliveries.ts": { entry: "github.redelivery", writtenIn: "gate/io/reconcile/deliveries.ts" },
  "gate/io/reconcile/revert.ts": { entry: "gate.revert", writtenIn: "gate/io/reconcile/revert.ts" },
  "github/commands/publish.ts": { entry: "github.reply", writtenIn: "github/commands/publish.ts" },
  "platform/github/check-runs.ts": {
    why: "told by whose check run it is: gate.publish (gate/io/publish.ts), approval.publish (approvals/io/tell.ts)",
  },
  "platform/github/installations.ts": {
    entry: "tenant.installation_change",
    writtenIn: "tenants/io/github-side.ts",
  },
  "platform/github/lease-tokens.ts": { entry: "lease.mint", writtenIn: "leases/io/record.ts" },
  "platform/github/mint.ts": { why: "mints and ends our own tokens; what is done with one is told by who does it" },
};

/** By file and command. */
const COMMANDS: Readonly<Record<string, Told>> = {
  "agent.ts add": by("agent.add"),
  "agent.ts agent": untold("a group"),
  "agent-connect.ts connect": untold("prints settings for somebody's own machine"),
  "agent.ts key": by("key.issue"),
  "agent.ts list": untold("the operator's own list of agents; no tenant's data"),
  "agent.ts revoke": by("agent.revoke"),
  "approval.ts approval": untold("a group"),
  "approval.ts list": by("audit.read"),
  "approval.ts reject": by("approval.decide"),
  "approval.ts show": by("audit.read"),
  "audit/evidence.ts checkpoint": by("audit.read"),
  "audit/evidence.ts proof": by("audit.read"),
  "audit/export.ts export": by("audit.export"),
  "audit/fingerprint.ts fingerprint": by("platform.guards_expected"),
  "audit/hold.ts forget-subject": by("subject.erased"),
  "audit/hold.ts hold": untold("a group"),
  "audit/hold.ts lift": by("tenant.hold"),
  "audit/hold.ts list": untold("the operator's own holds; no tenant's data"),
  "audit/hold.ts set": by("tenant.hold"),
  "audit/key.ts key": by("audit.key_rotated"),
  "audit/log.ts log": by("audit.read"),
  "audit/reindex.ts reindex": by("audit.read"),
  "audit/retention.ts compare": untold("hashes only, with the verifier's login, which can write nothing"),
  "audit/retention.ts retention": by("retention.drop"),
  "audit/show.ts show": by("audit.read"),
  "audit/verify.ts verify [directory-url-or-proof]": untold(
    "checks hashes with a login that can write nothing, and shows no body",
  ),
  "audit/witness.ts serve": untold("somebody else's process: it has no log of ours"),
  "audit/witness.ts witness": untold("a group"),
  "broker.ts broker": untold("signs what the sequencer made; each epoch is its own record"),
  "doctor.ts doctor": CHANGES_NOTHING,
  "gate.ts check": CHANGES_NOTHING,
  "gate.ts explain [code]": CHANGES_NOTHING,
  "gate.ts gate": untold("a group"),
  "gate.ts replay": by("audit.read"),
  "lease.ts broker": by("lease.mint", "lease.redeem", "lease.revoke"),
  "lease.ts lease": untold("a group"),
  "lease.ts list": untold("the operator's own list: states and instants, neither a handle nor a credential"),
  "lease.ts revoke <prefix>": by("lease.revoke"),
  "key.ts issue": by("key.issue"),
  "key.ts key": untold("a group"),
  "key.ts list": untold("the operator's own list of keys; no tenant's data"),
  "key.ts revoke": by("key.revoke"),
  "mcp.ts mcp": untold("the server that it asks decides, and writes the entries"),
  "migrate.ts migrate": by("platform.guards_expected", "platform.break_glass"),
  "operator.ts add": by("operator.add", "act.ask"),
  "operator.ts confirm": by("act.confirm"),
  "operator.ts list": untold("the operators' own list; no tenant's data"),
  "operator.ts operator": untold("a group"),
  "operator.ts revoke": by("operator.revoke"),
  "secret.ts check": untold("opens each credential and shows none"),
  "secret.ts list": untold("names and whether they open; no value is shown"),
  "secret.ts remove": by("secret.remove"),
  "secret.ts rotate": by("secret.rotate"),
  "secret.ts secret": untold("a group"),
  "secret.ts set": by("secret.set"),
  "policy.ts check [dir]": CHANGES_NOTHING,
  "policy.ts explain [facts]": CHANGES_NOTHING,
  "policy.ts policy": untold("a group"),
  "policy.ts test [dir]": CHANGES_NOTHING,
  "policy-proposals.ts accept": by("rule.propose"),
  "policy-proposals.ts drop": by("rule.propose"),
  "policy-proposals.ts list": by("audit.read"),
  "policy-proposals.ts proposals": untold("a group"),
  "policy-proposals.ts show": by("audit.read"),
  "sql-migration.ts migration <files...>": CHANGES_NOTHING,
  "sql-run.ts doctor": untold("a login's own rights, asked with that login: no row of any table"),
  "sql-run.ts run [sql]": by("sql.select"),
  "sql-run.ts schema": by("sql.schema"),
  "sql.ts check [file]": CHANGES_NOTHING,
  "sql.ts sql": untold("a group"),
  "tenant-offboard.ts offboard": by("tenant.erase.ordered", "tenant.erase.step", "tenant.erased", "tenant.certificate"),
  "tenant-offboard.ts verify": untold("counts rows and looks for names, as the auditor; no value is shown"),
  "tenant.ts list": untold("the operator's own registry; no tenant's data"),
  "tenant.ts onboard": by("tenant.onboard", "tenant.bind_installation"),
  "tenant.ts reinstate": by("tenant.reinstate", "tenant.installation_change"),
  "tenant-rotate.ts revocations": by("secret.revoked"),
  "tenant-certificate.ts certificate": untold("of a client that is gone: ids, instants and counts, no data of it"),
  "tenant-certificate.ts verify-certificate": untold("checks a file that is given to it"),
  "tenant-rotate.ts rotate": by("kek.rotate", "kek.end", "kek.break_glass"),
  "tenant.ts show": untold("the operator's own registry, and names of credentials; no value is shown"),
  "tenant.ts suspend": by("tenant.suspend", "tenant.installation_change"),
  "tenant.ts tenant": untold("a group"),
};

/** By file and route. */
const ROUTES: Readonly<Record<string, Told>> = {
  "console/entry-routes.ts get /audit/entries": by("key.use", "audit.read"),
  "console/entry-routes.ts get /audit/proof/:id": by("key.use", "audit.read"),
  "console/key-routes.ts post /audit/key/rotate": by("key.use", "key.rotate"),
  "console/log-routes.ts get /audit/epochs/checkpoint": untold("public: says nothing about any tenant"),
  "console/log-routes.ts get /audit/epochs/tile/*": untold("public: says nothing about any tenant"),
  "console/log-routes.ts get /audit/epochs/witnesses": untold("public: says nothing about any tenant"),
  "console/log-routes.ts get /audit/t/:tenant/${folder}/*": by("key.use", "audit.read"),
  "console/log-routes.ts get /audit/t/:tenant/checkpoint": by("key.use", "audit.read"),
  "console/verify-route.ts get /audit/verify": by("key.use", "audit.read"),
};

describe("A1 whatever can change something has an entry that tells of it", () => {
  it("every table that the server or an operator may write", async () => {
    const found = await t.adminSql(`
      select distinct n.nspname || '.' || c.relname as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
        cross join (values ('countersign_app'), ('countersign_operator'), ('countersign_broker')) as r(role)
      where c.relkind in ('r', 'p') and not c.relispartition
        and n.nspname not in ('pg_catalog', 'information_schema', 'graphile_worker')
        and (has_any_column_privilege(r.role, c.oid, 'INSERT, UPDATE') or has_table_privilege(r.role, c.oid, 'DELETE'))`);
    expect(found.map(({ name }) => String(name)).toSorted()).toEqual(keysOf(TABLES));
  });

  it("every function that changes something with other rights than its caller's", async () => {
    const found = await t.adminSql(`
      select distinct n.nspname || '.' || p.proname as name
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        cross join (values ('countersign_app'), ('countersign_operator'), ('countersign_broker')) as r(role)
      where n.nspname not in ('pg_catalog', 'information_schema', 'graphile_worker')
        and p.prosecdef and p.provolatile = 'v' and p.prorettype <> 'trigger'::regtype
        and has_schema_privilege(r.role, n.oid, 'USAGE') and has_function_privilege(r.role, p.oid, 'EXECUTE')`);
    expect(found.map(({ name }) => String(name)).toSorted()).toEqual(keysOf(FUNCTIONS));
  });

  it("every write to GitHub, whose intent is written before it", () => {
    const wrote = matching(/"(?:POST|PUT|PATCH|DELETE) \/|\b[A-Z]+_MUTATION\b/).filter(
      (file) => file !== "gate/io/queries.ts",
    );
    expect(wrote).toEqual(keysOf(GITHUB_WRITES));
    for (const file of readdirSync(join(SRC, "gate/io/queries")))
      if (/^mutation /m.test(source(`gate/io/queries/${file}`)))
        expect(source("gate/io/queries.ts"), file).toMatch(
          new RegExp(`_MUTATION = text\\("${file.replace(".graphql", "")}"`),
        );
    for (const told of Object.values(GITHUB_WRITES))
      if ("entry" in told) expect(source(told.writtenIn)).toContain(`kind: "${told.entry}"`);
  });

  it("every command", () => {
    const found = files("cli").flatMap((file) =>
      [...source(file).matchAll(/\.command\("([^"]+)"\)/g)]
        .map(([, name]) => `${relative("cli", file)} ${String(name)}`)
        .filter((name) => name !== "audit/group.ts audit"),
    );
    expect(found.toSorted()).toEqual(keysOf(COMMANDS));
  });

  it("every kind that is told of is one that somebody writes", () => {
    const writes = product
      .filter((file) => file !== "audit/types.ts")
      .map(source)
      .join("\n");
    const tables = [TABLES, FUNCTIONS, COMMANDS, ROUTES].flatMap((table) => Object.values(table));
    for (const kind of tables.flatMap((told) => ("entries" in told ? told.entries : [])))
      expect(writes, kind).toMatch(new RegExp(`["']${kind.replaceAll(".", "\\.")}["']`));
  });
});

describe("A3 whatever shows a tenant's data has an entry that tells of it", () => {
  it("every route of the console, and of those that change anything there is one", () => {
    const found = files("console").flatMap((file) =>
      [...source(file).matchAll(/app\.(get|post|put|patch|delete|all|on)\(\s*["`]([^"`]+)["`]/g)].map(
        ([, method, path]) => `${file} ${String(method)} ${String(path)}`,
      ),
    );
    expect(found.toSorted()).toEqual(keysOf(ROUTES));
    expect(found.filter((route) => !route.includes(" get "))).toEqual(["console/key-routes.ts post /audit/key/rotate"]);
  });

  it("nothing outside the log's own room opens a body without saying that it was read", () => {
    const opens = matching(/\baudit\.(?:recent|entryById|entriesById)\(|\breading\.(?:entries|news|entry)\(/).filter(
      (file) => !file.startsWith("audit/"),
    );
    // demo-log: the demo's own seeded world, on the loopback, looked at every second.
    expect(opens).toEqual(["console/entry-routes.ts", "main/audit-log.ts", "main/demo-log.ts", "main/replay.ts"]);
  });
});
