// A process of its own for one statement: the engine runs in the process that asks it, and only the end of that process ends a query that
// does not end by itself. It is given a file, a text and limits, and nothing of the environment.

import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { constants, DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { isMasked, unfollowed, unsearchable } from "../../sqlite/masks.ts";
import { judge, type Offence } from "../../sqlite/judge.ts";
import { answerShape, askedOf, type Answer, type Asked } from "./messages.ts";
import { shapes } from "./shapes.ts";

const HEAP = 256 * 1024 * 1024;

/** Codes and what they are called: SQLITE_SELECT is 21. */
const ACTIONS: ReadonlyMap<number, string> = new Map(
  "CREATE_INDEX CREATE_TABLE CREATE_TEMP_INDEX CREATE_TEMP_TABLE CREATE_TEMP_TRIGGER CREATE_TEMP_VIEW CREATE_TRIGGER CREATE_VIEW DELETE DROP_INDEX DROP_TABLE DROP_TEMP_INDEX DROP_TEMP_TABLE DROP_TEMP_TRIGGER DROP_TEMP_VIEW DROP_TRIGGER DROP_VIEW INSERT PRAGMA READ SELECT TRANSACTION UPDATE ATTACH DETACH ALTER_TABLE REINDEX ANALYZE CREATE_VTABLE DROP_VTABLE FUNCTION SAVEPOINT RECURSIVE"
    .split(" ")
    .flatMap((name) => {
      const code: unknown = Reflect.get(constants, `SQLITE_${name}`);
      return typeof code === "number" ? [[code, name] as const] : [];
    }),
);

const failure = z.object({ errcode: z.number(), errstr: z.string(), message: z.string() });

function answer(asked: Asked): Answer {
  let database: DatabaseSync;
  if (isUnfinished(asked.path))
    return {
      kind: "lost",
      why: "The program that wrote this file ended in the middle, and nobody has it open: there is a -wal file without -shm. Open it once with that program.",
    };
  try {
    database = opened(asked);
  } catch {
    return { kind: "lost", why: "The file cannot be opened as a SQLite database." };
  }
  try {
    if (asked.sql === null) return { kind: "schema", tables: [...shapes(database)] };
    return select(database, asked.sql, { ...asked, ...widened(database, asked.masks) });
  } finally {
    database.close();
  }
}

const made = z.array(z.object({ table: z.string(), column: z.string() }));
const declared = z.array(z.object({ name: z.string(), sql: z.string() }));

interface Widened {
  readonly masks: Asked["masks"];
  /** Virtual tables that are made of masked columns, in small letters. */
  readonly indexes: ReadonlySet<string>;
}

/**
 * The engine asks nothing about the columns that others are generated from, nor about those that a search of a virtual table looks into.
 * A virtual table whose declaration names a masked one (content='customers', or the words of such an index) is made of it.
 */
function widened(database: DatabaseSync, masks: Asked["masks"]): Widened {
  if (masks.length === 0) return { masks, indexes: new Set() };
  const generated = made.parse(
    database
      .prepare(
        "select m.name as 'table', x.name as 'column' from sqlite_schema m, pragma_table_xinfo(m.name) x where m.type = 'table' and x.hidden in (2, 3)",
      )
      .all(),
  );
  const tables = declared.parse(
    database.prepare("select name, sql from sqlite_schema where type = 'table' and sql is not null").all(),
  );
  const hidden = new Set(masks.map(({ table }) => table.toLowerCase()));
  const searched = new Set<string>();
  const virtual = tables.filter(({ sql }) => /^create\s+virtual\s/i.test(sql));
  for (let before = -1; before !== searched.size;) {
    before = searched.size;
    for (const { name, sql } of virtual)
      if ([...hidden].some((each) => sql.toLowerCase().includes(each))) searched.add(name.toLowerCase());
    for (const name of searched) hidden.add(name);
  }
  const parts = [...searched].map((name) => `${name}_`);
  const all = [
    ...masks,
    ...generated.filter(({ table }) => hidden.has(table.toLowerCase())),
    ...tables
      .map(({ name }) => name)
      .filter((name) => searched.has(name.toLowerCase()) || parts.some((part) => name.toLowerCase().startsWith(part)))
      .map((table) => ({ table, column: null })),
    // The largest number that a masked key had.
    { table: "sqlite_sequence", column: "seq" },
  ];
  return { masks: all, indexes: searched };
}

/** Read-only, without triggers of trust in its schema, and with a limit for everything the engine has one for. */
function opened({ path, limits }: Asked): DatabaseSync {
  // A database in WAL mode that nobody has open would get files beside it from the first reader.
  const url = pathToFileURL(path);
  if (isWal(path) && !hasLog(path)) url.searchParams.set("immutable", "1");
  const database = new DatabaseSync(url, {
    readOnly: true,
    allowExtension: false,
    enableDoubleQuotedStringLiterals: false,
    timeout: limits.lockMs,
    limits: { length: limits.bytes, sqlLength: 64 * 1024, exprDepth: 250, attach: 0, likePatternLength: 5_000, variableNumber: 100 },
  }); // prettier-ignore
  database.enableDefensive(true);
  database.exec(
    `pragma hard_heap_limit = ${HEAP}; pragma query_only = 1; pragma trusted_schema = 0; pragma temp_store = 2; pragma cell_size_check = 1`,
  );
  return database;
}

const named = z.array(z.object({ name: z.string() }));

/**
 * An R*Tree prepares its own writes when it is first looked at, and keeps them: INVARIANT: that is done before anybody is asked, and no
 * write is ever allowed for it. Nothing of them can run: the file is read-only.
 */
function connectIndexes(database: DatabaseSync): void {
  const found = database.prepare(
    "select name from sqlite_schema where type = 'table' and lower(sql) glob 'create virtual table*using rtree*' limit 100",
  );
  for (const { name } of named.parse(found.all()))
    try {
      database.prepare(`select 1 from "${name.replaceAll('"', '""')}" limit 0`).all();
    } catch {
      // A broken one: whoever asks for it hears why.
    }
}

const hasLog = (path: string): boolean => (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;

/** INVARIANT: no file appears beside the database. With a log but no index of it, the first reader writes the index; without the log, rows would be missing. */
const isUnfinished = (path: string): boolean => hasLog(path) && !existsSync(`${path}-shm`);

/** The file's header, bytes 18 and 19 (SQLite's file format, 1.3.3). */
function isWal(path: string): boolean {
  const header = new Uint8Array(20);
  const file = openSync(path, "r");
  readSync(file, header, 0, header.length, 0);
  closeSync(file);
  return header[18] === 2;
}

function select(database: DatabaseSync, sql: string, { limits, run, masks, indexes }: Asked & Widened): Answer {
  let searched: string | null = null;
  const offences: Offence[] = [...unfollowed(sql, masks)];
  let reads = false;
  connectIndexes(database);
  database.setAuthorizer((code, first, second) => {
    // The engine reads NULL wherever the column stands, in a condition and behind a view, too.
    if (ACTIONS.get(code) === "READ" && isMasked(masks, first ?? "", second ?? "")) {
      if (indexes.has((first ?? "").toLowerCase())) searched = first;
      return constants.SQLITE_IGNORE;
    }
    const judgement = judge(ACTIONS.get(code) ?? `action ${code}`, first, second);
    if (judgement.kind === "fine") {
      reads ||= judgement.reads;
      return constants.SQLITE_OK;
    }
    offences.push(judgement.offence);
    return judgement.goOn ? constants.SQLITE_IGNORE : constants.SQLITE_DENY;
  });
  let prepared = false;
  try {
    const statement = database.prepare(sql);
    prepared = true;
    // INVARIANT: nothing runs that the engine did not call a read while it compiled it: VACUUM asks for nothing before it runs.
    if (offences.length > 0 || !reads) return { kind: "denied", offences };
    const compiled = statement.sourceSQL;
    if (!run) return { kind: "compiled", compiled };
    statement.setReturnArrays(true);
    statement.setReadBigInts(true);
    const columns = statement.columns().map(({ name }) => name);
    const rows: (string | null)[][] = [];
    let bytes = 0;
    let cutCells = 0;
    let truncated: "rows" | "bytes" | null = null;
    for (const row of statement.iterate()) {
      const values = z.array(z.unknown()).parse(row);
      bytes += values.reduce<number>((sum, value) => sum + sizeOf(value), 0);
      if (rows.length >= limits.rows) truncated = "rows";
      else if (bytes > limits.bytes) truncated = "bytes";
      if (truncated !== null) break;
      rows.push(
        values.map((value) => {
          const text = textOf(value, limits.cell);
          if (text === null || text.length <= limits.cell) return text;
          cutCells++;
          return `${text.slice(0, limits.cell)}…`.toWellFormed();
        }),
      );
    }
    if (offences.length > 0) return { kind: "denied", offences };
    return {
      kind: "rows",
      compiled,
      result: { columns: columns.map((name) => ({ name, type: 0 })), rows, truncated, cutCells, bytes },
    };
  } catch (error) {
    if (offences.length > 0) return { kind: "denied", offences };
    // An index of words answers no question that its columns are left out of.
    if (searched !== null) return { kind: "denied", offences: [unsearchable(searched)] };
    const read = failure.safeParse(error);
    if (!read.success) return { kind: "lost", why: "The engine gave no answer." };
    // While it compiles, the engine speaks of names the statement wrote; while it runs, of values too.
    return {
      kind: "failed",
      says: prepared ? `SQLite says: ${read.data.errstr}.` : `SQLite says: ${read.data.message}.`,
    };
  }
}

const sizeOf = (value: unknown): number =>
  typeof value === "string" ? value.length : value instanceof Uint8Array ? value.length : 8;

function textOf(value: unknown, most: number): string | null {
  if (value instanceof Uint8Array) return `0x${Buffer.from(value.subarray(0, most)).toString("hex")}`;
  return typeof value === "string"
    ? value
    : typeof value === "bigint" || typeof value === "number"
      ? String(value)
      : null;
}

process.once("message", (message: unknown) => {
  const reply = answer(askedOf.parse(message));
  process.send?.(answerShape.parse(reply), () => process.exit(0));
});
process.send?.("ready");
