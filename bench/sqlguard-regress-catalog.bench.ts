// The guard with a real catalog over PostgreSQL's own regression scripts: `node bench/sqlguard-regress-catalog.bench.ts --regress DIR`, where DIR
// is src/test/regress/sql. Each script runs on an embedded PostgreSQL, statement by statement; before each, a login that may only read asks
// the same in a READ ONLY transaction of its own. What the server answers then is the truth; the guard is asked for its word on it, with
// the scripts' own functions listed as a client lists them. `--every N`: every Nth of them alone. Exit status 1 below the goal.

import { parseArgs } from "node:util";
import pg from "pg";
import { z } from "zod";
import { RUN_LIMITS } from "#sqlguard";
import { createParser } from "#sqlguard/io";
import { DEFINITION_HASH } from "../src/sqlguard/io/postgres/catalog-names.ts";
import { loadCatalog } from "../src/sqlguard/io/postgres/catalog.ts";
import { OneSelect } from "../src/sqlguard/io/postgres/one-select.ts";
import { planOf, strangersOf } from "../src/sqlguard/io/postgres/plan.ts";
import type { Session } from "../src/sqlguard/io/postgres/session.ts";
import type { ClientRules } from "../src/sqlguard/masks.ts";
import { judgeCatalog } from "../src/sqlguard/postgres/catalog.ts";
import { checkText } from "../src/sqlguard/text.ts";
import { bench, type Bench } from "./support/bench.ts";
import { rounded } from "./support/numbers.ts";
import { scriptsInOrder, statementsOf } from "./support/regress.ts";

const MAJOR = 18;
const GOAL_PERCENT = 97;
const { values } = parseArgs({
  options: {
    regress: { type: "string" },
    every: { type: "string" },
    show: { type: "string" },
    smoke: { type: "boolean" },
  },
});
const every = Number(values.every ?? "1");
const folder = values.regress;
if (folder === undefined) {
  console.log("Give --regress DIR (PostgreSQL's src/test/regress/sql).");
  process.exit(0);
}
const scripts = scriptsInOrder(folder);

const READ = /^\s*(?:--[^\n]*\n|\/\*[^]*?\*\/|\s|\()*(?:select|with|values|table|show|explain)\b/i;

async function run({ postgres, overBudget, publish }: Bench): Promise<void> {
  const url = (database: string, login = ""): string =>
    postgres.adminUrl
      .replace(/\/\/[^@]*@/, (whole) => (login === "" ? whole : `//${login}@`))
      .replace(/[^/]*$/, database);
  const first = new pg.Client({ connectionString: url("postgres") });
  await first.connect();
  await first.query("create database regression");
  await first.query("create role reading login password 'reading'");
  await first.query("grant pg_read_all_data to reading");
  await first.end();

  const parser = createParser(MAJOR);
  const script = { client: await connected(url("regression"), "set statement_timeout = '10s'") };
  const reader = { client: await connected(url("regression", "reading:reading"), READER) };
  let asked = 0;
  let truth = 0;
  let accepted = 0;
  const refused = new Map<string, string[]>();

  for (const { text } of scripts) {
    for (const statement of statementsOf(text)) {
      if (READ.test(statement) && asked++ % every === 0) {
        const path = await pathOf(script.client);
        if (path !== null && (await isTruth(statement, path))) {
          truth++;
          const rules = await refusing(statement, path);
          if (rules.length === 0) accepted++;
          for (const rule of new Set(rules)) refused.set(rule, [...(refused.get(rule) ?? []), statement]);
        }
      }
      await script.client.query(statement).catch(() => {});
      if (script.client.connection.stream.destroyed)
        script.client = await connected(url("regression"), "set statement_timeout = '10s'");
    }
    // Each script has its own session in PostgreSQL's suite, too.
    await script.client.end().catch(() => {});
    script.client = await connected(url("regression"), "set statement_timeout = '10s'");
  }
  await Promise.all([script.client.end(), reader.client.end(), parser.close()]);

  const percent = rounded((100 * accepted) / truth);
  const result = {
    grammar: `PostgreSQL ${MAJOR}, with a catalog, and the scripts' own functions listed`,
    every,
    reads_that_the_server_answers: truth,
    accepted,
    accepted_percent: percent,
    refused_by_rule: Object.fromEntries(
      [...refused].map(([rule, all]) => [rule, all.length] as const).toSorted(([, a], [, b]) => b - a),
    ),
    goal: { accepted_percent: GOAL_PERCENT },
  };
  console.log(JSON.stringify(result, null, 2));
  for (const sql of refused.get(values.show ?? "") ?? []) console.log(JSON.stringify(sql.slice(0, 400)));
  if (every === 1) publish(result);
  if (percent < GOAL_PERCENT) overBudget(`${percent} % of the reads that the server answers are accepted`);

  async function isTruth(statement: string, path: string): Promise<boolean> {
    if (reader.client.connection.stream.destroyed)
      reader.client = await connected(url("regression", "reading:reading"), READER);
    await begin(path);
    try {
      const query = new OneSelect(statement, { rows: 100, bytes: 16_000_000, cell: 10 }, () => false);
      reader.client.query(query);
      return (await query.done).kind === "received";
    } catch {
      return false;
    } finally {
      await reader.client.query("rollback").catch(() => {});
    }
  }

  async function begin(path: string): Promise<void> {
    await reader.client.query("begin isolation level repeatable read read only").catch(() => {});
    await reader.client.query("select pg_catalog.set_config('search_path', $1, true)", [path]).catch(() => {});
  }

  /** The rules that refuse it; none: it is accepted. */
  async function refusing(statement: string, path: string): Promise<readonly string[]> {
    const bytes = checkText(statement);
    if (bytes.length > 0) return bytes.map(({ rule }) => rule);
    const answer = await parser.classify(statement);
    if (answer.kind !== "classified") return [answer.kind];
    const { classified } = answer;
    if (classified.kind === null) return ["statement.kind"];
    if (classified.offences.length > 0) return said(classified.offences);
    await begin(path);
    try {
      const session = sessionOn(reader.client);
      const facts = await loadCatalog(session, parser, classified, MAJOR);
      const named = [
        classified,
        ...facts.bodies.flatMap((each) => (each.classified === null ? [] : [each.classified])),
      ];
      const rules = await listedFor(
        session,
        named.flatMap(({ names }) => names.map(({ name }) => name)),
      );
      const offences = judgeCatalog(classified, facts, rules);
      if (offences.length > 0) return said(offences);
      if (classified.kind !== "select") return [];
      const read = await planOf(session, parser, statement, RUN_LIMITS);
      if (read.kind !== "plan") return ["plan"];
      return said(await strangersOf(session, parser, read.plan, { classified, facts, rules, major: MAJOR }));
    } catch (error) {
      return [`lost: ${error instanceof Error ? error.message.slice(0, 60) : ""}`];
    } finally {
      await reader.client.query("rollback").catch(() => {});
    }
  }

  function said(offences: readonly { readonly rule: string; readonly text: string }[]): readonly string[] {
    return offences.map(({ rule, text }) => {
      if (values.show === "texts") console.log(`${rule}\t${text}`);
      return rule;
    });
  }
}

const READER =
  "set statement_timeout = '5s'; set lock_timeout = '200ms'; set max_parallel_workers_per_gather = 0; set jit = off";

async function connected(connectionString: string, settings: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => {});
  await client.connect();
  await client.query(settings);
  return client;
}

const onlyPath = z.array(z.object({ path: z.string() }));

/** Null: the script's transaction has failed. */
const pathOf = async (client: pg.Client): Promise<string | null> => {
  try {
    const { rows } = await client.query("select pg_catalog.current_setting('search_path') as path");
    return onlyPath.parse(rows)[0]?.path ?? null;
  } catch {
    return null;
  }
};

const sessionOn = (client: pg.Client): Session => ({
  versionNum: MAJOR * 10_000,
  async ask(row, text, given = []) {
    return z.array(row).parse((await client.query(text, [...given])).rows);
  },
  async select(text, limits, hides = () => false) {
    const query = new OneSelect(text, limits, hides);
    client.query(query);
    return query.done;
  },
  end: async () => {},
});

const listed = z.object({ schema: z.string(), name: z.string(), sha256: z.string() });

/** As a client lists its functions: all of these names that a person could review. */
async function listedFor(session: Session, names: readonly string[]): Promise<ClientRules> {
  const functions = await session.ask(
    listed,
    `select n.nspname::text as schema, p.proname::text as name, ${DEFINITION_HASH} as sha256
       from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
       where p.oid >= 16384 and p.proname = any($1::name[]) and ${DEFINITION_HASH} is not null`,
    [names],
  );
  return { masks: [], functions };
}

await bench("sqlguard-regress-catalog", run, { fsync: "off", full_page_writes: "off" });
