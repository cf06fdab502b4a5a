export * from "./context.ts";
export * from "./types.ts";
