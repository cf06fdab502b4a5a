export { appYaml, PERMISSIONS, SUBSCRIPTIONS, UNASKED } from "./connect/app-manifest.ts";
export { createConnect, type ConnectParts, type NewApp } from "./connect/connect.ts";
export { createInbox, type Arrival, type InboxParts } from "./inbox.ts";
export { replyWorld } from "./commands/publish.ts";
export type * from "./intake.ts";
export { createRouter, type Router } from "./router.ts";
export { githubHandlers, type RouteParts } from "./routes.ts";
export type { WebhookSecrets } from "./signature.ts";
