export { append } from "./append.ts";
export { entryById, recent, type ReadEntry } from "./recent.ts";
