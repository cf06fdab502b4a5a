export { formatEnvFile, isSecretName, parseEnvFile, variableOf, type SealedEnv } from "./env-file.ts";
export { checkPrefix, isRegion, RESERVED_PREFIXES, type PrefixAnswer } from "./prefix.ts";
export { clientFiles } from "./scaffold.ts";
