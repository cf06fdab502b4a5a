export * from "./types.ts";
export { refusalWords, voidWords } from "./sentences.ts";
export type { ClickAnswer, Clicked } from "./clicked.ts";
export type { Notice } from "./notices.ts";
