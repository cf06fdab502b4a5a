export { createGitHub, type GitHubConnection, type GitHubOptions } from "./create.ts";
export { PURPOSES } from "./purposes.ts";
export * from "./types.ts";
