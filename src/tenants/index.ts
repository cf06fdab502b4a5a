export { parseClientFile, type ClientFile, type ClientFileResult } from "./client-file.ts";
export { formatEnvFile, isSecretName, parseEnvFile, variableOf, type SealedEnv } from "./env-file.ts";
export type {
  Asset,
  AssetSide,
  ChannelSide,
  CertificateFacts,
  CertificateSide,
  Check,
  GithubSide,
  LeaseSide,
  Leaver,
} from "./offboard.ts";
export { checkPrefix, isRegion, RESERVED_PREFIXES, type PrefixAnswer } from "./prefix.ts";
export { STAYS, WITHOUT_TENANT } from "./reviewed.ts";
export { clientFiles } from "./scaffold.ts";
