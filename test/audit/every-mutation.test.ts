// A1, A3 as a list that cannot be forgotten: whatever can change something, or show a tenant's data, and the entry that says so.
// What is new (a table, a write to GitHub, a command, a route) fails here until somebody has said which entry tells of it.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { testDatabase } from "../support/database.ts";
import { TABLES, FUNCTIONS, GITHUB_WRITES, COMMANDS, ROUTES } from "./told.ts";

const t = await testDatabase();
const SRC = join(import.meta.dirname, "../../src");

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
      [...source(file).matchAll(/\.command\("([^"]+)"[,)]/g)]
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
    // The log's own routes show; of what they change there is a key, tickets and webhooks. People's pages change what they say they do.
    expect(found.filter((route) => !route.includes(" get ") && !route.includes("/people/"))).toEqual([
      "console/key-routes.ts post /audit/key/rotate",
      "console/ticket-routes.ts post /v1/tickets",
      "console/ticket-routes.ts post /v1/tickets/:ticket/acts",
      "console/ticket-routes.ts post /api/tickets",
      "console/ticket-routes.ts post /api/tickets/:ticket/acts",
      "console/webhook-routes.ts post /v1/webhooks",
      "console/webhook-routes.ts post /v1/webhooks/:id/rotate",
      "console/webhook-routes.ts post /v1/webhooks/:id/disable",
      "console/webhook-routes.ts delete /v1/webhooks/:id",
      "console/webhook-routes.ts post /v1/webhooks/:id/test",
    ]);
  });

  it("nothing outside the log's own room opens a body without saying that it was read", () => {
    const opens = matching(/\baudit\.(?:recent|entryById|entriesById)\(|\breading\.(?:entries|news|entry)\(/).filter(
      (file) => !file.startsWith("audit/"),
    );
    // demo-log: the demo's own seeded world, on the loopback, looked at every second.
    expect(opens).toEqual(["console/entry-routes.ts", "main/audit-log.ts", "main/demo-log.ts", "main/replay.ts"]);
  });
});
