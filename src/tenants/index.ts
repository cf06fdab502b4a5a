export { checkPrefix, RESERVED_PREFIXES, type PrefixAnswer } from "./prefix.ts";
