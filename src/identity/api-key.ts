// API keys: one tenant's, for whoever reads its log from outside, and for its agents.

import { formatTagged, isTagged } from "./tagged-key.ts";

export const KEY_TAG = "csk_";

export const CAPABILITIES = ["audit.read", "ticket.work", "webhook.manage", "agent.call"] as const;
/** What a key allows, within its one tenant. */
export type Capability = (typeof CAPABILITIES)[number];
/** Of keys that are nobody's in particular. `agent.call` is for keys of one agent, and alone (migrations/0112_agents.sql). */
export const READER_CAPABILITIES = [
  "audit.read",
  "ticket.work",
  "webhook.manage",
] as const satisfies readonly Capability[];

/** Days. A key without an end is a key that somebody forgets. */
export const expiry = { fallback: 90, max: 366 } as const;

export const formatKey = (secret: Uint8Array): string => formatTagged(KEY_TAG, secret);
/** False for what cannot be a key of ours, whoever issued it: mistyped, cut off, something else. */
export const isKeyText = (text: string): boolean => isTagged(KEY_TAG, text);
