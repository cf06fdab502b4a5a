export { checkMail } from "./check.ts";
export { endSubscriptions } from "./end.ts";
export type { GraphPlace } from "./graph-client.ts";
export { createMailInbox } from "./inbox.ts";
export { opener } from "./open.ts";
export { lookForMail, mailHandlers, mailSecrets, mailSignal, pollJob } from "./poll.ts";
export { MAIL_SECRETS, type MailParts, type MailSecret } from "./ports.ts";
export { drop, quarantined, release, type Kept } from "./quarantine.ts";
export { mailboxStandings } from "./rows.ts";
