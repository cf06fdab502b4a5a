export { createConsole, type ConsoleParts } from "./console.ts";
export type { Trees } from "./log-routes.ts";
export type { PeopleParts } from "./people/parts.ts";
export { createPeople } from "./people/people.ts";
export { ticketApi } from "./ticket-api.ts";
export { webhookRoutes, type WebhookRouteParts } from "./webhook-routes.ts";
export { ticketRoutes, type TicketRouteParts } from "./ticket-routes.ts";
