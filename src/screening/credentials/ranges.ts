export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The text with each range replaced; ranges may overlap and touch, and come in any order. */
export function without(text: string, ranges: readonly Range[], by: string): string {
  let out = "";
  let from = 0;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    if (end <= from) continue;
    if (start >= from) out += text.slice(from, start) + by;
    from = end;
  }
  return out + text.slice(from);
}
