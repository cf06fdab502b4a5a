export * from "./bytes.ts";
export { canonical, canonicalBytes, isCanonical, MAX_DEPTH, NotCanonical } from "./canonical.ts";
export * from "./chain.ts";
export * from "./checkpoint.ts";
export * from "./cosignature.ts";
export * from "./merkle.ts";
export * from "./note.ts";
export * from "./sha256.ts";
export * from "./tile.ts";
