export { createGitHub, type GitHubConnection, type GitHubOptions } from "./create.ts";
export { findCheckRun, putCheckRun, type OwnCheckRun } from "./check-runs.ts";
export { findComment, putComment, type CommentPlace } from "./comments.ts";
export { installationsOf, type Installations, type InstallationState } from "./installations.ts";
export type { LeaseTokens } from "./lease-tokens.ts";
export { accountNamed, createSignIn, webUrl, type Account, type SignIn, type SignInOptions } from "./sign-in.ts";
export { PURPOSES } from "./purposes.ts";
export * from "./types.ts";
