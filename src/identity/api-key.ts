// API keys: one tenant's, for whoever reads its log from outside.

import { formatTagged, isTagged } from "./tagged-key.ts";

export const KEY_TAG = "csk_";

export const CAPABILITIES = ["audit.read"] as const;
/** What a key allows, within its one tenant. */
export type Capability = (typeof CAPABILITIES)[number];

/** Days. A key without an end is a key that somebody forgets. */
export const expiry = { fallback: 90, max: 366 } as const;

export const formatKey = (secret: Uint8Array): string => formatTagged(KEY_TAG, secret);
/** False for what cannot be a key of ours, whoever issued it: mistyped, cut off, something else. */
export const isKeyText = (text: string): boolean => isTagged(KEY_TAG, text);
