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
  type RevokeAccess,
} from "./keys.ts";
