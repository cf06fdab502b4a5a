// Tickets over HTTP, described for GET /v1/openapi.json: made of the shapes that read requests.

import { z } from "zod";
import type { Json } from "#kernel";
import { STATES } from "#tickets";
import { acting, opening } from "./ticket-work.ts";

export interface DescribedApi {
  readonly paths: Readonly<Record<string, Json>>;
  readonly schemas: Readonly<Record<string, Json>>;
  readonly securitySchemes: Readonly<Record<string, Json>>;
}

const schemaOf = (shape: z.ZodType): Json => {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io: "input", unrepresentable: "any" });
  return z.json().parse(JSON.parse(JSON.stringify(schema)));
};
const ref = (schema: string): Json => ({ $ref: `#/components/schemas/${schema}` });
const json = (schema: string, description: string): Json => ({
  description,
  content: { "application/json": { schema: ref(schema) } },
});
const failed = (description: string): Json => ({
  description,
  content: { "application/problem+json": { schema: ref("Problem") } },
});
const requestOf = (schema: string): Json => ({
  required: true,
  content: { "application/json": { schema: ref(schema) } },
});

const EVERYWHERE = {
  "401": failed("No key, or none that is good."),
  "404": failed("Nothing is there, it is another client's, or the key is not for tickets."),
  "429": failed("Too many requests: Retry-After."),
};
const NAMED = {
  name: "ticket",
  in: "path",
  required: true,
  description: "ACME-7, 7, or its id.",
  schema: { type: "string", maxLength: 60 },
};
const SECURITY = [{ ticketKey: [] }];

const view = {
  type: "object",
  required: ["ticket", "number", "name", "title", "state", "owner", "openedAt", "next", "closed"],
  properties: {
    ticket: { type: "string", format: "uuid" },
    number: { type: "integer" },
    name: { type: "string", description: "ACME-7" },
    title: { type: "string" },
    state: { type: "string", enum: [...STATES] },
    owner: { type: "object", properties: { person: { type: "string" }, login: { type: "string" } } },
    openedAt: { type: "string", format: "date-time" },
    next: {
      type: ["object", "null"],
      description: "The next automatic act; `at` null: it waits until the warning is known to be delivered.",
      properties: {
        action: { type: "string" },
        at: { type: ["string", "null"], format: "date-time" },
        words: { type: "string" },
      },
    },
    closed: {
      type: ["object", "null"],
      properties: { at: { type: "string", format: "date-time" }, reason: { type: "string" } },
    },
    suspected: { type: "boolean", description: "Something on it looks like instructions to an agent." },
    trustedAt: { type: ["string", "null"], format: "date-time", description: "A person read it then, and found none." },
    messages: { type: "integer", description: "Of one ticket alone: how many were said; `trust` names it." },
    why: { type: "array", items: { type: "string" }, description: "Of one ticket alone." },
    said: { type: "array", items: { type: "object" }, description: "Of one ticket alone." },
    pulls: { type: "array", items: { type: "object" }, description: "Of one ticket alone." },
  },
  additionalProperties: true,
} satisfies Json;

export const ticketApi: DescribedApi = {
  paths: {
    "/v1/tickets": {
      get: {
        operationId: "listTickets",
        summary: "The client's tickets, the next automatic act first.",
        security: SECURITY,
        parameters: [
          { name: "owner", in: "query", description: "Only this person's: a login.", schema: { type: "string" } },
          { name: "all", in: "query", description: "true: those that are over, too.", schema: { type: "string" } },
        ],
        responses: { "200": json("TicketList", "At most 500."), "400": failed("Not understood."), ...EVERYWHERE },
      },
      post: {
        operationId: "openTicket",
        summary: "Open a ticket. The same key again is the same ticket.",
        security: SECURITY,
        requestBody: requestOf("NewTicket"),
        responses: {
          "200": json("Ticket", "It was there."),
          "201": json("Ticket", "It was opened."),
          "400": failed("Not understood."),
          "409": failed("The client has nobody who could own it."),
          ...EVERYWHERE,
        },
      },
    },
    "/v1/tickets/{ticket}": {
      get: {
        operationId: "readTicket",
        summary: "One ticket with what was said, and why what happens next does.",
        security: SECURITY,
        parameters: [NAMED],
        responses: { "200": json("Ticket", "As it is now."), ...EVERYWHERE },
      },
    },
    "/v1/tickets/{ticket}/acts": {
      post: {
        operationId: "actOnTicket",
        summary: "Ask, reply, resolve and so on.",
        security: SECURITY,
        parameters: [NAMED],
        requestBody: requestOf("TicketAct"),
        responses: {
          "200": json("TicketActed", "Done, or it was so before."),
          "400": failed("Not understood."),
          "409": failed("Refused: the title says why, and what would work."),
          ...EVERYWHERE,
        },
      },
    },
  },
  securitySchemes: {
    ticketKey: { type: "http", scheme: "bearer", description: "A client's key with `ticket.work`." },
  },
  schemas: {
    NewTicket: schemaOf(opening),
    TicketAct: schemaOf(acting),
    Ticket: view,
    TicketList: {
      type: "object",
      required: ["tickets"],
      properties: { tickets: { type: "array", items: ref("Ticket") } },
    },
    TicketActed: {
      type: "object",
      required: ["kind", "name"],
      properties: {
        kind: { type: "string", enum: ["done", "unchanged"] },
        name: { type: "string" },
        state: { type: "string" },
        why: { type: "string" },
      },
    },
  },
};
