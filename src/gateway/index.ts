export * from "./types.ts";
export * from "./packet.ts";
