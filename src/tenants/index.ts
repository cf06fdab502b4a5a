export { formatEnvFile, isSecretName, parseEnvFile, variableOf, type SealedEnv } from "./env-file.ts";
export { checkPrefix, RESERVED_PREFIXES, type PrefixAnswer } from "./prefix.ts";
