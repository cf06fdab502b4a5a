// Bodies of requests: read within bounds, before anything looks at what they say.

import { z } from "zod";
import type { Json } from "#kernel";
import { LIMITS } from "./limits.ts";

export type ReadBody =
  | { readonly kind: "json"; readonly value: Json }
  | { readonly kind: "too_large" }
  | { readonly kind: "malformed"; readonly why: string };

export async function readBody(request: Request): Promise<ReadBody> {
  const bytes = await capped(request);
  if (bytes === null) return { kind: "too_large" };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { kind: "malformed", why: "The body is not UTF-8." };
  }
  const why = tooMuch(text);
  if (why !== null) return { kind: "malformed", why };
  try {
    let planted = false;
    const value: unknown = JSON.parse(text, (key: string, each: unknown): unknown => {
      planted ||= key === "__proto__";
      return each;
    });
    // INVARIANT: no name that means something else to JavaScript than to who reads the log gets any further.
    if (planted) return { kind: "malformed", why: "The body has a key that is called __proto__." };
    return { kind: "json", value: z.json().parse(value) };
  } catch {
    return { kind: "malformed", why: "The body is not JSON." };
  }
}

/** null: more than is read. Never keeps more than that in memory, whatever the headers say. */
async function capped(request: Request): Promise<Uint8Array | null> {
  if (Number(request.headers.get("content-length") ?? 0) > LIMITS.bodyBytes) return null;
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> = request.body;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > LIMITS.bodyBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Looked at before it is parsed: a megabyte of brackets is a stack that overflows in whoever walks it later, and two million noughts are seconds
 * of the one thread that everybody's calls, and the kill switch, wait for. null: it is neither.
 */
function tooMuch(text: string): string | null {
  let depth = 0;
  let values = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    if (quoted) {
      if (c === "\\") i += 1;
      else if (c === '"') quoted = false;
      continue;
    }
    if (c === '"') quoted = true;
    else if (c === "]" || c === "}") depth -= 1;
    else if (c === "[" || c === "{" || c === ",") {
      if (c !== ",") depth += 1;
      values += 1;
      if (depth > LIMITS.depth) return `The body has more than ${LIMITS.depth} arrays and objects within each other.`;
      if (values > LIMITS.values) return `The body has more than ${LIMITS.values} values.`;
    }
  }
  return null;
}
