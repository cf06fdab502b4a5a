export * from "./address.ts";
export * from "./at-most.ts";
export * from "./brand.ts";
export * from "./fault.ts";
export * from "./json.ts";
export * from "./known.ts";
export * from "./markdown.ts";
