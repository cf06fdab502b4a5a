export { createDispatch, type DispatchParts } from "./dispatch/index.ts";
export { createPacketSigner, type Decided, type PacketSigner } from "./sign.ts";
export { listKeys, replaceKey, revokeKey, type ShownSigningKey } from "./signing-keys.ts";
