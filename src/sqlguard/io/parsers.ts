// For a process that answers many queries: each version's parser is started once, and ended with the process.

import type { Dialect } from "../mysql/versions.ts";
import type { Major } from "../postgres/majors.ts";
import { createParser as createMysqlParser, type Parser as MysqlParser } from "./mysql/parser.ts";
import { createParser, type Parser } from "./postgres/parser.ts";

export interface Parsers {
  readonly parserFor: (major: Major) => Parser;
  readonly mysqlParserFor: (dialect: Dialect) => MysqlParser;
  readonly close: () => Promise<void>;
}

export function createParsers(): Parsers {
  const postgres = new Map<Major, Parser>();
  const mysql = new Map<Dialect, MysqlParser>();
  return {
    parserFor: (major) => kept(postgres, major, createParser),
    mysqlParserFor: (dialect) => kept(mysql, dialect, createMysqlParser),
    async close() {
      await Promise.all([...postgres.values(), ...mysql.values()].map((each) => each.close()));
    },
  };
}

function kept<Key, Value>(all: Map<Key, Value>, key: Key, create: (key: Key) => Value): Value {
  const found = all.get(key) ?? create(key);
  all.set(key, found);
  return found;
}
