import { MOST_FINDINGS } from "../limits.ts";
import { fold } from "./fold.ts";
import { hiddenIn } from "./hidden.ts";
import { comments, layersOf, type Layer, type Unpack } from "./layers.ts";
import { marked, type Marked } from "./markers.ts";

export interface Instruction {
  readonly what: string;
  readonly weight: number;
  readonly at: readonly [number, number] | null;
}

export interface Instructions {
  readonly score: number;
  readonly found: readonly Instruction[];
}

/** What stands further apart has nothing to do with each other: a long honest text has a little of everything. */
const NEAR_WORDS = 150;
/** What somebody took pains to hide from people, and a model reads. */
const HIDDEN_WEIGHT = 50;
const WORTH_HIDING = 30;

/** Several that say the same count once; different ones add up, and never to more than 100. */
export function together(weights: readonly { readonly what: string; readonly weight: number }[]): number {
  const strongest = new Map<string, number>();
  for (const { what, weight } of weights) strongest.set(what, Math.max(strongest.get(what) ?? 0, weight));
  return Math.round(100 * (1 - [...strongest.values()].reduce((left, weight) => left * (1 - weight / 100), 1)));
}

function nearby(found: readonly Marked[]): number {
  const sorted = found.toSorted((a, b) => a.word - b.word);
  let best = 0;
  for (const [i, first] of sorted.entries()) {
    const near: Marked[] = [];
    for (let j = i; j < sorted.length; j += 1) {
      const next = sorted[j];
      if (next === undefined || next.word - first.word > NEAR_WORDS) break;
      near.push(next);
    }
    best = Math.max(best, together(near));
  }
  return best;
}

function inLayer({ text, as }: Layer): { readonly score: number; readonly found: readonly Instruction[] } {
  const folded = fold(text);
  const hits = marked(folded.text);
  if (hits.length === 0) return { score: 0, found: [] };
  const unseen = as === "written" ? comments(text) : [];
  const isHidden = (hit: Marked): boolean =>
    hit.weight >= WORTH_HIDING &&
    (as === "written"
      ? unseen.some(([from, to]) => folded.at(hit.start) >= from && folded.at(hit.start) < to)
      : as !== "unescaped");
  const all = hits.flatMap((hit) => (isHidden(hit) ? [hit, { ...hit, what: "hidden", weight: HIDDEN_WEIGHT }] : [hit]));
  return {
    score: nearby(all),
    found: all.map(({ what, weight, start, end }) => ({
      what,
      weight,
      at: as === "written" ? [folded.at(start), folded.at(end)] : null,
    })),
  };
}

/** Signs that something is hidden, whatever it says. */
function concealed(text: string): readonly Instruction[] {
  const { tags, selectors, runs, overrides } = hiddenIn(text);
  return [
    ...(tags >= 8 ? [{ what: "invisible_letters", weight: 70, at: null }] : []),
    ...(selectors >= 16 ? [{ what: "invisible_letters", weight: 70, at: null }] : []),
    ...(runs > 0 ? [{ what: "invisible_run", weight: 40, at: null }] : []),
    ...(overrides > 0 ? [{ what: "turned_around", weight: 40, at: null }] : []),
  ];
}

/** Instructions to the agent in one text that it reads, or that it wrote. */
export function instructionsIn(text: string, unpack: Unpack): Instructions {
  const { layers, whole } = layersOf(text, unpack);
  const read = layers.map(inLayer);
  const signs = [...concealed(text), ...(whole ? [] : [{ what: "unread", weight: 60, at: null }])];
  const found = [...signs, ...read.flatMap((layer) => layer.found)].slice(0, MOST_FINDINGS);
  // The strongest layer, and what was hidden around it.
  const best = Math.max(0, ...read.map(({ score }) => score));
  return { score: together([{ what: "text", weight: best }, ...signs]), found };
}
