// One spelling for the many that look the same: what a model reads as a word has to be the word that we look for.

/**
 * Letters of other scripts that look like a Latin one. Those that NFKD takes apart (mathematical, full-width, circled) need no row.
 * Source: the letters in Unicode's confusables (UTS #39) that stand for a single one of a to z.
 */
const LOOKALIKES: Readonly<Record<string, string>> = {
  а: "a", в: "b", с: "c", ԁ: "d", е: "e", ё: "e", ғ: "f", ԍ: "g", һ: "h", н: "h", і: "i", ї: "i", ӏ: "l", ј: "j", к: "k", м: "m", п: "n", о: "o",
  р: "p", ԛ: "q", г: "r", ѕ: "s", т: "t", ц: "u", ѵ: "v", ԝ: "w", х: "x", у: "y", ү: "y",
  А: "A", В: "B", С: "C", Е: "E", Н: "H", І: "I", Ј: "J", К: "K", М: "M", О: "O", Р: "P", Ѕ: "S", Т: "T", Х: "X", У: "Y", Ԝ: "W",
  α: "a", β: "b", ϲ: "c", ε: "e", η: "n", ι: "i", κ: "k", ν: "v", ο: "o", ρ: "p", σ: "o", τ: "t", υ: "u", χ: "x", γ: "y", ω: "w",
  Α: "A", Β: "B", Ε: "E", Ζ: "Z", Η: "H", Ι: "I", Κ: "K", Μ: "M", Ν: "N", Ο: "O", Ρ: "P", Τ: "T", Υ: "Y", Χ: "X",
  ɑ: "a", ɡ: "g", ı: "i", ɩ: "i", ʟ: "l", ɴ: "n", ʀ: "r", ꜱ: "s", ᴄ: "c", ᴅ: "d", ᴇ: "e", ᴏ: "o", ᴛ: "t", ᴜ: "u", ᴠ: "v", ᴡ: "w", ᴢ: "z", ᴀ: "a",
  ʙ: "b", ɢ: "g", ʜ: "h", ɪ: "i", ᴊ: "j", ᴋ: "k", ᴍ: "m", ᴘ: "p", ʏ: "y", ł: "l", đ: "d", ø: "o", "’": "'", "‘": "'", "‐": "-", "‑": "-",
}; // prettier-ignore

/** Drawn as nothing: zero-width characters, marks of direction, tags, selectors of variants. */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/u;
const MARKS = /\p{M}+/gu;
// oxlint-disable-next-line no-control-regex -- ASCII is what it is
const ASCII = /^[\u0000-\u007f]*$/;

export interface Folded {
  readonly text: string;
  /** Where a unit of the folded text stood in the given one. */
  at(index: number): number;
}

const whole = (text: string): Folded => ({ text, at: (index) => index });

function plainOf(letter: string): string {
  if (IGNORABLE.test(letter)) return "";
  const alike = LOOKALIKES[letter];
  if (alike !== undefined) return alike;
  const bare = letter.normalize("NFKD").replace(MARKS, "");
  return Array.from(bare)
    .map((part) => LOOKALIKES[part] ?? part)
    .join("");
}

/** Compatibility forms, accents, lookalikes and what is invisible; case stays, since secrets have one. */
export function fold(text: string): Folded {
  if (ASCII.test(text)) return whole(text);
  const known = new Map<string, string>();
  const parts: string[] = [];
  const origins: number[] = [];
  let at = 0;
  for (const letter of text) {
    let plain = letter;
    if (letter > "\u007f") {
      plain = known.get(letter) ?? plainOf(letter);
      known.set(letter, plain);
    }
    parts.push(plain);
    for (let i = 0; i < plain.length; i += 1) origins.push(at);
    at += letter.length;
  }
  return { text: parts.join(""), at: (index) => origins[index] ?? at };
}
