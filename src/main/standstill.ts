// The clocks of a client's tickets stop with its access, in one commit, and go on with it.

import type { By, Standstill } from "#tenants/io";
import { freeze, thaw, type Actor } from "#tickets/io";

const actorOf = ({ operator, requestId }: By): Actor => ({ party: operator, name: "Countersign", requestId });
const NOBODY: Actor = { party: { type: "app", id: "countersign" }, name: "Countersign", requestId: "suspend" };

export const ticketClocks: Standstill = {
  stop: (tx) => freeze({ append: null }, tx, NOBODY),
  goOn: (tx, append, by) => thaw({ append }, tx, actorOf(by)),
};
