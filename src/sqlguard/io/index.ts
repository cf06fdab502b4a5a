export { check } from "./check.ts";
export { checkMysql } from "./mysql/check.ts";
export { createParser as createMysqlParser, type Parser as MysqlParser } from "./mysql/parser.ts";
export { examineLogin, type Examination } from "./examine.ts";
export { createParser, type Parser } from "./parser.ts";
export { runSelect, type Connection, type SelectOptions } from "./run.ts";
export { createDiscover, createSelect, type SchemaShown, type Selected } from "./select.ts";
