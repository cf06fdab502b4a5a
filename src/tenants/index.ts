export { isSecretName, variableOf } from "./env-file.ts";
export { checkPrefix, RESERVED_PREFIXES, type PrefixAnswer } from "./prefix.ts";
