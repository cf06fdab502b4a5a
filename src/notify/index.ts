export { nextOf, type Next } from "./decide.ts";
export { EVENTS } from "./events.ts";
export { limits } from "./limits.ts";
export { commentMarker } from "./marks.ts";
export { SLACK_ACTIONS } from "./render/slack.ts";
export { isAddress, isSender, mailOf, type Mail, type MailAsked } from "./render/mail.ts";
export * from "./types.ts";
