export {
  issueKey,
  listKeys,
  recognise,
  revokeKey,
  useKey,
  type ApiKey,
  type Asker,
  type KeyAccess,
  type IssuedKey,
  type KeyHolder,
} from "./keys.ts";
