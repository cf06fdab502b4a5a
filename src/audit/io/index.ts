export { append } from "./append.ts";
export { recent, type ReadEntry } from "./recent.ts";
