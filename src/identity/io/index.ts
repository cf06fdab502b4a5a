export {
  issueKey,
  listKeys,
  recognise,
  revokeKey,
  useKey,
  type ApiKey,
  type IssuedKey,
  type KeyHolder,
} from "./keys.ts";
