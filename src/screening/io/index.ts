export type { Screening } from "../types.ts";
