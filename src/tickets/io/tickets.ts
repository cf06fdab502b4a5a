// The room's door to the world, put together.

import { act, reply } from "./act.ts";
import { delivered, lost, wanted } from "./delivered.ts";
import { freeze, thaw } from "./freeze.ts";
import { gone } from "./gone.ts";
import { hear } from "./hear.ts";
import { note } from "./note.ts";
import { link, linkNamed, unlink } from "./links.ts";
import { list, read } from "./read.ts";
import { trust } from "./trust.ts";
import type { Tickets, TicketsDeps } from "./types.ts";

export const createTickets = (deps: TicketsDeps): Tickets => ({
  hear: (tx, heard) => hear(deps, tx, heard),
  act: (tx, ticket, asked, by, text) => act(deps, tx, ticket, asked, by, text),
  reply: (tx, ticket, by, text, key) => reply(deps, tx, ticket, by, text, key),
  link: (tx, ticket, pull, by) => link(deps, tx, ticket, pull, { by, named: false }),
  unlink: (tx, ticket, pull, by) => unlink(deps, tx, ticket, pull, by),
  linkNamed: (tx, pull, texts) => linkNamed(deps, tx, pull, texts),
  trust: (tx, ticket, messages, by) => trust(deps, tx, ticket, messages, by),
  note: (tx, ticket, by, text) => note(deps, tx, ticket, by, text),
  gone: (tx, conversation, how) => gone(deps, tx, conversation, how),
  list: (tx, filter) => list(deps, tx, filter),
  read: (tx, ref) => read(deps, tx, ref),
  wanted,
  delivered,
  lost: (tx, about, why, of) => lost(deps, tx, about, why, of),
  freeze: (tx, by) => freeze(deps, tx, by),
  thaw: (tx, by) => thaw(deps, tx, by),
});
