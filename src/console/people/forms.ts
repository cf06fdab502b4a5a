// What a browser posts: only from our own pages, and only with the token of the session that it is posted in.

import { createHash, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";

const MOST_BYTES = 64 * 1024;

/** Compared by digest: neither length nor content shows in the time. */
export function same(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** INVARIANT: a browser that says neither where a request is from nor that it is our own is not believed. */
export function fromOurPages(c: Context, publicUrl: string): boolean {
  const origin = c.req.header("origin");
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin") return false;
  return origin === undefined ? site === "same-origin" : origin === new URL(publicUrl).origin;
}

/** The fields of a form, each once; null: too large, not a form, or a field twice. */
export async function formOf(c: Context): Promise<Readonly<Record<string, string>> | null> {
  if (!/^application\/x-www-form-urlencoded\b/.test(c.req.header("content-type") ?? "")) return null;
  const text = await bodyText(c);
  if (text === null) return null;
  const fields: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    if (Object.hasOwn(fields, name) || name === "__proto__") return null;
    fields[name] = value;
  }
  return fields;
}

/** null: too large, or no JSON. */
export async function jsonOf(c: Context): Promise<{ readonly value: unknown } | null> {
  if (!/^application\/json\b/.test(c.req.header("content-type") ?? "")) return null;
  const text = await bodyText(c);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    return null;
  }
}

async function bodyText(c: Context): Promise<string | null> {
  if (Number(c.req.header("content-length") ?? "0") > MOST_BYTES) return null;
  const body = c.req.raw.body;
  if (body === null) return "";
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const chunks: AsyncIterable<Uint8Array> = body;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) return null;
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString("utf8");
}
