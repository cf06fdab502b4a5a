// What marks a text as orders to the agent. Words in an order, each within a few words of the one before: no backtracking, and the number
// of steps is bounded by the number of words.

import { MOST_FINDINGS } from "../limits.ts";
import { classesOf, type WordClass } from "./lexicon.ts";

/** A marker in one layer: `word` is the place in words, for what stands near each other; `start` and `end` are of the layer's text. */
export interface Marked {
  readonly what: string;
  readonly weight: number;
  readonly word: number;
  readonly start: number;
  readonly end: number;
}

interface Marker {
  readonly what: string;
  readonly weight: number;
  readonly words: readonly WordClass[];
  /** The most words from each to the next. */
  readonly within: number;
}

const marker = (what: string, weight: number, within: number, ...words: readonly WordClass[]): Marker => ({
  what,
  weight,
  within,
  words,
});

const MARKERS: readonly Marker[] = [
  marker("override", 80, 4, "ignore", "prior", "instruct"),
  marker("override", 70, 4, "ignore", "your", "instruct"),
  marker("override", 60, 4, "ignore", "instruct", "prior"),
  marker("override", 55, 3, "ignore", "your", "rule"),
  marker("override", 45, 4, "ignore", "prior", "rule"),
  marker("override", 55, 3, "ignore", "every", "instruct"),
  marker("override", 55, 3, "ignore", "every", "prior"),
  marker("new_task", 50, 2, "your", "new", "task"),
  marker("new_task", 45, 2, "new", "instruct", "you"),
  marker("new_task", 65, 4, "before", "you", "solve", "task"),
  marker("new_task", 40, 3, "please", "doing", "following", "first"),
  marker("new_task", 40, 3, "please", "first", "doing", "following"),
  marker("new_task", 45, 3, "first", "doing", "following", "instruct"),
  marker("persona", 50, 2, "you", "are", "now", "persona"),
  marker("persona", 50, 4, "now", "you", "are", "persona"),
  marker("persona", 40, 3, "act", "as", "persona"),
  marker("persona", 55, 3, "you", "are", "no_longer", "restricted"),
  marker("persona", 55, 1, "mode_name", "mode"),
  marker("authority", 55, 3, "important", "message", "from", "authority"),
  marker("authority", 35, 3, "granted", "from", "authority"),
  marker("addressed", 35, 3, "hello", "model"),
  marker("addressed", 55, 4, "if", "you", "are", "model"),
  marker("addressed", 55, 4, "if", "you", "are", "language", "model_word"),
  marker("secrecy", 45, 4, "not", "tell", "human"),
  marker("exfiltrate", 40, 8, "send", "secret", "where"),
  marker("exfiltrate", 15, 6, "send", "secret"),
  marker("prompt", 55, 3, "reveal", "your", "prompt"),
  marker("prompt", 55, 3, "reveal", "hidden", "prompt"),
  marker("approve", 45, 6, "approve", "change", "instantly"),
  marker("approve", 45, 6, "instantly", "approve", "change"),
  marker("approve", 40, 3, "skip", "guard"),
  marker("approve", 35, 3, "you", "already", "granted"),
  marker("approve", 35, 3, "you", "are", "granted"),
  marker("approve", 45, 2, "none", "approval", "needed"),
];

function byFirst(): ReadonlyMap<WordClass, readonly Marker[]> {
  const map = new Map<WordClass, Marker[]>();
  for (const each of MARKERS)
    for (const first of each.words.slice(0, 1)) map.set(first, [...(map.get(first) ?? []), each]);
  return map;
}
const STARTING = byFirst();

interface Word {
  readonly classes: readonly WordClass[];
  readonly start: number;
  readonly end: number;
}

/** The last word of the marker, where it begins at `from`; -1 where it does not. The nearest word of a class is taken. */
function endOf({ words, within }: Marker, text: readonly Word[], from: number): number {
  let at = from;
  for (const wanted of words.slice(1)) {
    let next = -1;
    for (let i = at + 1; i <= at + within && next === -1; i += 1)
      if (text[i]?.classes.includes(wanted) === true) next = i;
    if (next === -1) return -1;
    at = next;
  }
  return at;
}

const LETTERS = /[\p{L}\p{N}]+/gu;

/** `text` folded and in lower case. Letters one by one, `i g n o r e`, are a word as long as one character stands between them. */
function wordsOf(text: string): readonly Word[] {
  const words: Word[] = [];
  let letters: Letter[] = [];
  for (const { 0: word, index: start } of text.matchAll(LETTERS)) {
    const end = start + word.length;
    const before = letters.at(-1);
    if (before !== undefined && (word.length > 1 || start - before.end > 1)) {
      words.push(...spelt(letters));
      letters = [];
    }
    if (word.length === 1) letters.push({ word, start, end });
    else words.push({ classes: classesOf(word), start, end });
  }
  return [...words, ...spelt(letters)];
}

interface Letter {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

function spelt(letters: readonly Letter[]): readonly Word[] {
  const [first, last] = [letters[0], letters.at(-1)];
  if (letters.length < 4 || first === undefined || last === undefined)
    return letters.map(({ word, start, end }) => ({ classes: classesOf(word), start, end }));
  return [{ classes: classesOf(letters.map(({ word }) => word).join("")), start: first.start, end: last.end }];
}

/** Where a conversation with a model changes hands: nobody else writes these. */
const TURNS: readonly { readonly text: string; readonly weight: number }[] = [
  ...["<|im_start|>", "<|im_end|>", "<|system|>", "<|start_header_id|>", "<<sys>>", "[/inst]", "<|endoftext|>"].map(
    (text) => ({ text, weight: 60 }),
  ),
  ...["<system-reminder>", "</tool_result>", "<function_calls>", "<tool_call>", "<information>", "</system>"].map(
    (text) => ({
      text,
      weight: 50,
    }),
  ),
  ...["\n\nhuman:", "\n\nassistant:", "### instruction:", "### system:", "begin system prompt", "[system]"].map(
    (text) => ({
      text,
      weight: 35,
    }),
  ),
];
/** Scripts that put no space between words. */
const TOGETHER: readonly (readonly [verb: string, object: string])[] = [
  ["忽略", "指令"], ["忽略", "指示"], ["无视", "指令"], ["無視", "指示"], ["無視して", "命令"], ["무시", "지시"],
]; // prettier-ignore
const SPACED = /(?:(?<![\p{L}\p{N}])[\p{L}\p{N}][\s._*|-]{1,3}){8,200}[\p{L}\p{N}](?![\p{L}\p{N}])/gu;
const NEAR = 24;

function phrases(lower: string): readonly Omit<Marked, "word">[] {
  const found: Omit<Marked, "word">[] = [];
  const add = (what: string, weight: number, start: number, length: number): void =>
    void found.push({ what, weight, start, end: start + length });
  for (const { text, weight } of TURNS) {
    const at = lower.indexOf(text);
    if (at !== -1) add("turn", weight, at, text.length);
  }
  for (const [verb, object] of TOGETHER) {
    for (let at = lower.indexOf(verb); at !== -1; at = lower.indexOf(verb, at + 1)) {
      const to = lower.slice(at, at + NEAR).indexOf(object);
      if (to === -1) continue;
      add("override", 70, at, to + object.length);
      break;
    }
  }
  for (const { 0: run, index } of lower.matchAll(SPACED)) {
    const word = run.replaceAll(/[^\p{L}\p{N}]/gu, "");
    if (/ignore|disregard|forget|bypass/.test(word) && /instruct|prompt|rules|previous/.test(word))
      add("override", 80, index, run.length);
  }
  return found;
}

/** `text` folded, as written. */
export function marked(text: string): readonly Marked[] {
  const lower = text.toLowerCase();
  const words = wordsOf(lower);
  const found: Marked[] = [];
  for (let at = 0; at < words.length && found.length < MOST_FINDINGS; at += 1)
    for (const first of words[at]?.classes ?? [])
      for (const each of STARTING.get(first) ?? []) {
        const last = endOf(each, words, at);
        const [start, end] = [words[at]?.start, words[last]?.end];
        if (last !== -1 && start !== undefined && end !== undefined)
          found.push({ what: each.what, weight: each.weight, word: at, start, end });
      }
  const wordAt = (offset: number): number => {
    const after = words.findIndex(({ start }) => start >= offset);
    return after === -1 ? words.length : after;
  };
  return [...found, ...phrases(lower).map((each) => ({ ...each, word: wordAt(each.start) }))];
}
