// PostgreSQL's tree counts bytes of UTF-8, its syntax errors count characters, people count lines and columns.

import type { Place } from "./refusal.ts";
import { extentAt } from "./tokens.ts";

/** The UTF-16 index of a byte offset; an offset inside a character belongs to that character. */
export function indexOfByte(text: string, offset: number): number {
  let bytes = 0;
  let index = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (bytes > offset) return index;
    index += character.length;
  }
  return index;
}

/** The UTF-16 index of a character (code point) offset. */
export function indexOfCharacter(text: string, offset: number): number {
  let seen = 0;
  let index = 0;
  for (const character of text) {
    if (seen++ === offset) return index;
    index += character.length;
  }
  return index;
}

const characters = (text: string): number => Array.from(text).length;

/** A line ends at LF, CR or CR LF, as editors show it. */
export function placeOf(text: string, start: number, end: number): Place {
  const lines = text.slice(0, start).split(/\r\n|\r|\n/);
  return {
    line: lines.length,
    column: characters(lines.at(-1) ?? "") + 1,
    length: Math.max(1, characters(text.slice(start, end))),
  };
}

export interface Found {
  readonly place: Place;
  readonly text: string;
}

/** The name, operator or literal at a byte offset. Whitespace and comments before it are stepped over. */
export function foundAt(text: string, byteOffset: number): Found {
  const index = indexOfByte(text, byteOffset);
  const token = extentAt(text, index);
  const start = token?.start ?? index;
  const end = token?.end ?? Math.min(text.length, index + 1);
  return { place: placeOf(text, start, end), text: text.slice(start, end) };
}
