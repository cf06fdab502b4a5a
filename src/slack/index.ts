export { connectedSlack, connectSlack, isSlackId } from "./connect.ts";
export { slackHandlers } from "./handle.ts";
export { createSlackInbox } from "./inbox.ts";
export type { SlackArrival, SlackParts, SlackWeb } from "./ports.ts";
export { revokeSlackToken } from "./revoke.ts";
export { slackLastSignal } from "./signal.ts";
export { createSlackWeb, type SlackWebPlace } from "./web.ts";
export type { Workspace } from "./arrival.ts";
