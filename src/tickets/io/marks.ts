// Conversations and messages are found by an HMAC of their names: the table tells nobody, not even who knows all possible names, who
// talks to whom. The key is the desk's own and sealed, so that it outlives the rotation of what it is sealed under.

import { createHmac } from "node:crypto";

/** `what` keeps a conversation from being found as a message. */
export const markOf = (key: Uint8Array, what: "conversation" | "message", name: string): Buffer =>
  createHmac("sha256", key).update(`countersign/ticket-${what}/v1\n`).update(name, "utf8").digest();
