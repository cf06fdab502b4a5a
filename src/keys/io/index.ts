export { lock, unlock } from "./aead.ts";
export { createFileKms } from "./file-kms.ts";
export { createKeys, type Keys, type OpeningKey } from "./keys.ts";
export { openRoot } from "./root.ts";
