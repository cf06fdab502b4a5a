export { check } from "./postgres/check.ts";
export { checkMysql } from "./mysql/check.ts";
export { createParser as createMysqlParser, type Parser as MysqlParser } from "./mysql/parser.ts";
export type { Connection, Examination } from "./asked.ts";
export { examineLogin } from "./examine.ts";
export { createParser, type Parser } from "./postgres/parser.ts";
export { runSelect, type SelectOptions } from "./run.ts";
export { createDiscover, createSelect, type SchemaShown, type Selected } from "./select.ts";
export { checkSqlite } from "./sqlite/run.ts";
