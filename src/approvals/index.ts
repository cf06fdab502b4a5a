export * from "./types.ts";
export { voidWords } from "./sentences.ts";
