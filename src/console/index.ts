export { createConsole, type ConsoleParts } from "./console.ts";
export type { Trees } from "./log-routes.ts";
