// Letters that nobody sees and a model reads.

export interface Hidden {
  /** What the invisible letters spell. */
  readonly spelt: string;
  readonly tags: number;
  readonly selectors: number;
  readonly runs: number;
  readonly overrides: number;
}

const FLAG = 0x1f3f4;
const isTag = (point: number): boolean => point >= 0xe0020 && point <= 0xe007e;
const isInvisible = (point: number): boolean =>
  (point >= 0x200b && point <= 0x200f) || (point >= 0x2060 && point <= 0x2064) || point === 0xfeff || point === 0x180e;
/** LRO and RLO turn the order of what is shown; embeddings and isolates have honest uses in right-to-left text. */
const isOverride = (point: number): boolean => point === 0x202d || point === 0x202e;

/** The byte that a selector of variants can carry; null where it is none. */
function selectorByte(point: number): number | null {
  if (point >= 0xfe00 && point <= 0xfe0f) return point - 0xfe00;
  if (point >= 0xe0100 && point <= 0xe01ef) return point - 0xe0100 + 16;
  return null;
}

// oxlint-disable-next-line no-control-regex -- most texts end here
const LATIN = /^[\u0000-\u17ff]*$/;
const LONG_RUN = 8;

export function hiddenIn(text: string): Hidden {
  const spelt: string[] = [];
  const seen = { tags: 0, selectors: 0, runs: 0, overrides: 0 };
  if (LATIN.test(text)) return { spelt: "", ...seen };
  let run = 0;
  let bytes: number[] = [];
  let flag = false;
  // One selector follows a letter; several in a row are data.
  const flush = (): void => {
    if (bytes.length >= 4) {
      seen.selectors += bytes.length;
      spelt.push(String.fromCodePoint(...bytes.slice(0, 4096)));
    }
    bytes = [];
  };
  for (const letter of text) {
    const point = letter.codePointAt(0) ?? 0;
    const byte = selectorByte(point);
    if (byte === null) flush();
    else bytes.push(byte);
    if (isTag(point)) {
      // The flags of England, Scotland and Wales are spelt in tags, too.
      if (!flag) {
        seen.tags += 1;
        spelt.push(String.fromCodePoint(point - 0xe0000));
      }
    } else flag = point === FLAG;
    run = isInvisible(point) ? run + 1 : 0;
    if (run === LONG_RUN) seen.runs += 1;
    if (isOverride(point)) seen.overrides += 1;
  }
  flush();
  return { spelt: spelt.join(""), ...seen };
}
