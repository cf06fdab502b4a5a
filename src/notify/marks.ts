// How a notice is known again at its provider: marks of ours that say nothing to anybody else.

import { sha256 } from "#verifier";

const utf8 = new TextEncoder();
const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** 128 bits of what a provider is given as the notice's key. */
export const markOf = (key: string): string => hex(sha256(utf8.encode(key))).slice(0, 32);

/** In a comment, where only a machine reads it. */
export const commentMarker = (key: string): string => `<!-- countersign:notice:${markOf(key)} -->`;

/** INVARIANT: the same notice has the same Message-ID, whoever sends it and however often: mailboxes and threads know it by that. */
export const messageId = (key: string, domain: string): string => `<countersign.${markOf(key)}@${domain}>`;

/** `webhook-id` of the Standard Webhooks spec: the receiver's own key for idempotence. */
export const webhookId = (key: string): string => `msg_${markOf(key)}`;

/** Of a Slack message's metadata. */
export const SLACK_EVENT = "countersign";
