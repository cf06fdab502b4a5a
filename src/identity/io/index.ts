export {
  issueKey,
  listKeys,
  recognise,
  revokeKey,
  rotateKey,
  useKey,
  type ApiKey,
  type Asker,
  type KeyAccess,
  type IssuedKey,
  type KeyHolder,
  type RevokeAccess,
} from "./keys.ts";
