export { openPacket } from "./envelope.ts";
export { OUTCOME_CHANNEL, outcomePlace, outcomeShape } from "./dispatch/outcome.ts";
export { PACKET_CHANNEL } from "./dispatch/queue.ts";
export { createDispatch, type DispatchParts } from "./dispatch/index.ts";
export { argumentsHash, createPacketSigner, type Decided, type PacketSigner } from "./sign.ts";
export { listKeys, replaceKey, revokeKey, type ShownSigningKey } from "./signing-keys.ts";
