// When a key is to end, as somebody types it.

import { expiry } from "#identity";
import type { Instant } from "#kernel";

const DAY_MS = 86_400_000;

export const EXPIRY_HELP = `in days (90d) or on a date (2026-12-31), at most ${expiry.max} days from now`;
export const EXPIRY_PROBLEM = `--expires takes days (90d) or a date (2026-12-31), from tomorrow to ${expiry.max} days from now. Every key ends.`;

/** null: not understood, or not within what is allowed. */
export function daysUntil(text: string, now: Instant): number | null {
  const days = written(text, now);
  return days === null || days < 1 || days > expiry.max ? null : days;
}

function written(text: string, now: Instant): number | null {
  if (/^\d{1,3}d$/.test(text)) return Number(text.slice(0, -1));
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(at) ? null : Math.ceil((at - now) / DAY_MS);
}
