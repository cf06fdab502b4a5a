// What is done with tickets over HTTP, whoever asks: a client's program with its key, or one of its people, signed in.

import type { Context } from "hono";
import { z } from "zod";
import type { Append } from "#audit/io";
import { repositoryNamed } from "#gate/io";
import { listPeople } from "#identity/io";
import { instantOfMillis, type PersonId, type TicketId } from "#kernel";
import { problem, type HttpEnv } from "#platform/http";
import type { TenantTx } from "#platform/postgres";
import { CLOSE_REASONS, pullNamed, ticketDocument, ticketNamed, type Heard, type TicketWhole } from "#tickets";
import type { Acted, Actor, StaffAct, Tickets } from "#tickets/io";
import { nothing } from "./bearer.ts";
import { onRecord } from "./exchange.ts";

type Acting = "act" | "reply" | "link" | "unlink" | "trust";

export interface TicketWorkParts {
  readonly append: Append;
  readonly tickets: Pick<Tickets, "list" | "read" | "hear" | Acting>;
  /** The client's, in lower case. */
  readonly prefix: (tx: TenantTx) => Promise<string>;
  readonly clock: () => number;
}

type WorkContext = Context<HttpEnv>;

export interface TicketWork {
  list(c: WorkContext, tx: TenantTx, by: Actor): Promise<Response>;
  show(c: WorkContext, tx: TenantTx, by: Actor, named: string): Promise<Response>;
  open(c: WorkContext, tx: TenantTx, by: Actor, body: unknown): Promise<Response>;
  act(c: WorkContext, tx: TenantTx, by: Actor, named: string, body: unknown): Promise<Response>;
}

const FRESH = { "cache-control": "no-store" } as const;
const REASONS = CLOSE_REASONS.filter((reason) => reason !== "aged_out");

const line = z.string().trim().min(1).max(300);
const text = z.string().trim().min(1).max(40_000);
export const opening = z.strictObject({
  title: line,
  text,
  /** Of the program's own: the same again is the same ticket. */
  key: z.string().min(1).max(120),
  customer: z.strictObject({ name: line, address: z.email().max(320).optional() }).optional(),
});
export const acting = z.discriminatedUnion("act", [
  z.strictObject({ act: z.literal("ask"), text }),
  z.strictObject({ act: z.literal("reply"), text, key: z.string().min(1).max(120) }),
  z.strictObject({ act: z.enum(["triage", "start", "resolve", "reopen"]), text: text.optional() }),
  z.strictObject({ act: z.literal("close"), reason: z.enum(REASONS), text: text.optional() }),
  z.strictObject({ act: z.literal("reassign"), login: line }),
  z.strictObject({ act: z.enum(["link", "unlink"]), pull: line }),
  /** A person has read so many messages, and finds no instructions to an agent in them. */
  z.strictObject({ act: z.literal("trust"), read: z.int().min(0) }),
]);

/** Places and what belongs there; never what was sent. */
const wrongIn = ({ issues }: z.ZodError): string =>
  issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.length === 0 ? "The body" : path.join(".")}: ${message}.`)
    .join(" ");

const malformed = (c: WorkContext, why: string): Response =>
  problem(c, { status: 400, code: "input_invalid", title: `The request is not understood: ${why}` });

export function ticketWork({ append, tickets, prefix, clock }: TicketWorkParts): TicketWork {
  const find = async (tx: TenantTx, named: string): Promise<TicketWhole | null> => {
    const ref = ticketNamed(named.slice(0, 60), await prefix(tx));
    return ref === null ? null : tickets.read(tx, ref);
  };
  const noted = (tx: TenantTx, { party, requestId }: Actor, what: string, count: number): Promise<unknown> =>
    onRecord(append, tx, { initiator: party, requestId }, what, count);

  return {
    async list(c, tx, by) {
      const all = c.req.query("all");
      const owner = c.req.query("owner");
      if (Object.keys(c.req.query()).some((name) => name !== "all" && name !== "owner"))
        return malformed(c, "there are owner and all.");
      if (all !== undefined && all !== "true" && all !== "false") return malformed(c, "all is true or false.");
      const person = owner === undefined ? null : await personOf(tx, owner);
      if (owner !== undefined && person === null) return malformed(c, "nobody of this client's people is that owner.");
      const found = await tickets.list(tx, { owner: person, all: all === "true" });
      await noted(tx, by, "tickets", found.length);
      return c.json({ tickets: found.map((each) => ticketDocument(each)) }, 200, FRESH);
    },
    async show(c, tx, by, named) {
      const found = await find(tx, named);
      await noted(tx, by, "a ticket", found === null ? 0 : 1);
      return found === null ? nothing(c) : c.json(ticketDocument(found), 200, FRESH);
    },
    async open(c, tx, by, body) {
      const asked = opening.safeParse(body);
      if (!asked.success)
        return malformed(
          c,
          `there are title, text and key, and customer with name and address. ${wrongIn(asked.error)}`,
        );
      const heard = await tickets.hear(tx, heardFrom(asked.data, by, clock()));
      const whole = heard.ticket === null ? null : await tickets.read(tx, heard.ticket);
      return whole === null ? nothing(c) : c.json(ticketDocument(whole), heard.kind === "opened" ? 201 : 200, FRESH);
    },
    async act(c, tx, by, named, body) {
      const asked = acting.safeParse(body);
      if (!asked.success)
        return malformed(
          c,
          `act is ask, reply, triage, start, resolve, close, reopen, reassign, link, unlink or trust, with what belongs to it. ${wrongIn(asked.error)}`,
        );
      const found = await find(tx, named);
      return found === null ? nothing(c) : answer(c, await perform(tickets, tx, found.ticket, asked.data, by), found);
    },
  };
}

async function perform(
  tickets: Pick<Tickets, Acting>,
  tx: TenantTx,
  ticket: TicketId,
  asked: z.infer<typeof acting>,
  by: Actor,
): Promise<Acted> {
  const act = (what: StaffAct, said: string | undefined): Promise<Acted> =>
    tickets.act(tx, ticket, what, by, said ?? null);
  switch (asked.act) {
    case "reply":
      return tickets.reply(tx, ticket, by, asked.text, asked.key);
    case "reassign": {
      const owner = await personOf(tx, asked.login);
      return owner === null
        ? { kind: "refused", why: "Nobody of this client's people is that.", next: "Ask whoever runs Countersign." }
        : act({ kind: "reassign", owner }, undefined);
    }
    case "link":
    case "unlink": {
      const pull = pullNamed(asked.pull);
      const repository = pull === null ? null : await repositoryNamed(tx, pull.repository);
      return pull === null || repository === null
        ? { kind: "refused", why: "That is no pull request of this client's.", next: "Name it as acme/app#12." }
        : tickets[asked.act](tx, ticket, { repository: repository.id, number: pull.number }, by);
    }
    case "trust":
      return tickets.trust(tx, ticket, asked.read, by);
    case "close":
      return act({ kind: "close", reason: asked.reason }, asked.text);
    case "ask":
    case "triage":
    case "start":
    case "resolve":
    case "reopen":
      return act({ kind: asked.act }, asked.text);
  }
}

function answer(c: WorkContext, acted: Acted, { name }: TicketWhole): Response {
  switch (acted.kind) {
    case "done":
      return c.json({ kind: "done", name, state: acted.state }, 200, FRESH);
    case "unchanged":
      return c.json({ kind: "unchanged", name, why: acted.why }, 200, FRESH);
    case "refused":
      return problem(c, { status: 409, code: "ticket_refused", title: `${acted.why} ${acted.next}` });
    case "unknown":
      return nothing(c);
  }
}

function heardFrom({ title, text: said, key, customer }: z.infer<typeof opening>, by: Actor, nowMs: number): Heard {
  const from =
    customer === undefined
      ? { name: by.name, address: null, id: by.party.id }
      : { name: customer.name, address: customer.address ?? null, id: customer.address ?? null };
  return {
    channel: "api",
    conversation: null,
    answers: [],
    number: null,
    message: `api:${by.party.id}:${key}`,
    sender: customer === undefined ? "staff" : "client_person",
    from,
    title,
    text: said,
    sentAt: instantOfMillis(nowMs),
    opens: true,
    repository: null,
  };
}

async function personOf(tx: TenantTx, login: string): Promise<PersonId | null> {
  return (await listPeople(tx)).find((each) => each.login.toLowerCase() === login.toLowerCase())?.person ?? null;
}
