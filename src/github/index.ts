export { createInbox, WEBHOOK_PATH, type Arrival, type InboxParts } from "./inbox.ts";
export type * from "./intake.ts";
export type { WebhookSecrets } from "./signature.ts";
