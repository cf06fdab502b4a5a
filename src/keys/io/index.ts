export { lock, unlock } from "./aead.ts";
export { hmac, hmacHex, hmacKeyOf, type HmacKey } from "./hmac.ts";
export { createFileKms } from "./file-kms.ts";
export {
  openColumn,
  openColumnAtOnce,
  sealColumn,
  sealColumnAtOnce,
  type ColumnPlace,
  type OpenedColumn,
} from "./column.ts";
export { createKeys, type Keys, type OpeningKey } from "./keys.ts";
export { unwrapEnvKeys } from "./leaving.ts";
export { openRoot } from "./root.ts";
export { createVaultKms } from "./vault-kms.ts";
export { createSession as createVaultSession } from "./vault/session.ts";
export type { VaultPlace, VaultTiming } from "./vault/place.ts";
export {
  beginRotation,
  endingVersion,
  endVersions,
  finishRotation,
  keyAges,
  type KeyAges,
  type Rewrap,
} from "./rotation.ts";
export { createPkcs11Kms } from "./pkcs11-kms.ts";
export type { Pkcs11Place } from "./pkcs11/session.ts";
export { createAwsKms } from "./aws-kms.ts";
export type { AwsPlace } from "./aws/calls.ts";
