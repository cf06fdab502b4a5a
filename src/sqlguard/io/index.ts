export { check } from "./check.ts";
export { createParser, type Parser } from "./parser.ts";
