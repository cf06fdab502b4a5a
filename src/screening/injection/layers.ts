// The same text, as somebody would read it who decodes what is encoded in it. Every step is one pass; what comes out is bounded by what
// went in.

import { MOST_DECODED, MOST_DEPTH } from "../limits.ts";
import { hiddenIn } from "./hidden.ts";

export interface Layer {
  readonly text: string;
  readonly as: "written" | "uncommented" | "unescaped" | "base64" | "hex" | "invisible";
}

/** Half-open ranges of what a reader of the rendered page does not see. An unclosed one goes to the end. */
export function comments(text: string): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  let from = text.indexOf("<!--");
  while (from !== -1) {
    const close = text.indexOf("-->", from + 4);
    const to = close === -1 ? text.length : close + 3;
    found.push([from, to]);
    from = close === -1 ? -1 : text.indexOf("<!--", to);
  }
  return found;
}

function uncommented(text: string): string {
  let out = "";
  let from = 0;
  for (const [start, end] of comments(text)) {
    out += text.slice(from, start);
    from = end;
  }
  return out + text.slice(from);
}

const ESCAPE = /%[0-9a-f]{2}|&#[0-9]{1,7};|&#x[0-9a-f]{1,6};|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|&(?:lt|gt|amp|quot|nbsp);/gi;
const NAMED: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&amp;": "&",
  "&quot;": '"',
  "&nbsp;": " ",
};

function unescapedOne(escape: string): string {
  const named = NAMED[escape.toLowerCase()];
  if (named !== undefined) return named;
  const hex = /^(?:%|\\u|\\x|&#x)/i.test(escape);
  const point = Number.parseInt(escape.replaceAll(/[^0-9a-f]/gi, ""), hex ? 16 : 10);
  return point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff) ? String.fromCodePoint(point) : "";
}

/** Lines of a wrapped block belong together. */
const BASE64 = /[A-Za-z0-9+/_-]{20,}={0,2}(?:\r?\n[A-Za-z0-9+/_-]{20,}={0,2}){0,4096}/g;
const HEX = /\b(?:[0-9a-f]{2}){20,}\b/gi;
/** A hash or a key decodes to noise. */
// oxlint-disable-next-line no-control-regex -- noise is what has control characters
const PRINTED = /^[\t\r\n\u0020-\u007e\u00a0-\u00ff]{12,}$/;
/** So much of it is no accident: of a thousand million random places one is. */
const LEGIBLE = /[\t\r\n\u0020-\u007e]{20,}/g;

/** What of decoded bytes somebody can read: a token needs no words around it, and a byte of noise beside it hides nothing. */
const legible = (bytes: string): string =>
  PRINTED.test(bytes) && /[a-z] |[a-z]{4}/i.test(bytes) ? bytes : (bytes.match(LEGIBLE) ?? []).join("\n");

/** Bytes that are compressed, as they were before; others as they are. More than `most` comes back as one more than that, of whatever. */
export type Unpack = (bytes: string, most: number) => string;
type Decode = (run: string, unpack: (bytes: string) => string) => string;

const decodedBase64: Decode = (run, unpack) => {
  const plain = run
    .replaceAll(/[\r\n=]/g, "")
    .replaceAll("-", "+")
    .replaceAll("_", "/");
  // A letter too many before it moves all of it by six bits.
  const found = [0, 1, 2, 3].map((from) => {
    const moved = plain.slice(from);
    return legible(unpack(atob(moved.slice(0, moved.length - (moved.length % 4 === 1 ? 1 : 0)))));
  });
  return found.filter((text) => text !== "").join("\n");
};

const decodedHex: Decode = (run, unpack) => {
  const bytes: string[] = [];
  for (let i = 0; i < run.length; i += 2) bytes.push(String.fromCodePoint(Number.parseInt(run.slice(i, i + 2), 16)));
  return legible(unpack(bytes.join("")));
};

function oneDeeper({ text }: Layer, unpack: Unpack): readonly Layer[] {
  const bounded = (bytes: string): string => unpack(bytes, text.length * MOST_DECODED);
  const each = (pattern: RegExp, decode: Decode): string =>
    [...text.matchAll(pattern)].flatMap(([run]) => decode(run, bounded) || []).join("\n");
  const layers: readonly Layer[] = [
    { as: "uncommented", text: text.includes("<!--") ? uncommented(text) : "" },
    { as: "unescaped", text: /[%&\\]/.test(text) ? text.replaceAll(ESCAPE, unescapedOne) : "" },
    { as: "base64", text: each(BASE64, decodedBase64) },
    { as: "hex", text: each(HEX, decodedHex) },
    { as: "invisible", text: hiddenIn(text).spelt },
  ];
  return layers.filter((layer) => layer.text !== "" && layer.text !== text);
}

/** As it is written, and then whatever can be decoded, until the depth or the volume is reached. */
export function layersOf(text: string, unpack: Unpack): { readonly layers: readonly Layer[]; readonly whole: boolean } {
  const layers: Layer[] = [{ as: "written", text }];
  let left = text.length * MOST_DECODED;
  let todo: readonly Layer[] = layers;
  const seen = new Set([text]);
  for (let depth = 0; depth < MOST_DEPTH && todo.length > 0; depth += 1) {
    const next: Layer[] = [];
    for (const found of todo.flatMap((layer) => oneDeeper(layer, unpack))) {
      if (seen.has(found.text)) continue;
      if (found.text.length > left) return { layers: [...layers, ...next], whole: false };
      left -= found.text.length;
      seen.add(found.text);
      next.push(found);
    }
    layers.push(...next);
    todo = next;
  }
  return { layers, whole: true };
}
