// Secrets of one text: formats of services by secretlint, and by the shapes that our own log is scrubbed of.

import { lintSource } from "@secretlint/core";
import { secretLintProfiler } from "@secretlint/profiler";
import { creator } from "@secretlint/secretlint-rule-preset-recommend";
import { secretShapes } from "#platform/log";
import type { Secret } from "../conclude.ts";
import { assignedIn } from "../credentials/assigned.ts";
import { passwordOf, weightOf } from "../credentials/plausible.ts";
import { fold } from "../injection/fold.ts";
import { layersOf } from "../injection/layers.ts";
import { unpack } from "./unpack.ts";

// It keeps a few measurements of each text for as long as the process lives: a server would fill its memory with them.
secretLintProfiler.setEnabled(false);

const PRESET = "@secretlint/secretlint-rule-preset-recommend";
/** Its expressions are not ours: a piece at a time bounds what one of them can cost. Pieces overlap by more than any token is long. */
const PIECE = 64 * 1024;
const OVERLAP = 4 * 1024;
/** Not the text's own file name, which could be that of a file that rules leave out. */
const NAME = "text.txt";
/** Their findings are addresses with a password, which documents are full of. */
const URLS: ReadonlySet<string> = new Set(["basicauth", "database-connection-string"]);

async function bySecretlint(text: string): Promise<readonly Secret[]> {
  const found: Secret[] = [];
  for (let from = 0; from < text.length; from += PIECE - OVERLAP) {
    const content = text.slice(from, from + PIECE);
    const { messages } = await lintSource({
      source: { filePath: NAME, ext: ".txt", contentType: "text", content },
      options: { config: { rules: [{ id: PRESET, rule: creator }] }, noPhysicFilePath: true },
    });
    for (const { range, ruleId } of messages) {
      const what = ruleId.replace(/^@secretlint\/secretlint-rule-/, "");
      const [start, end] = range;
      const weight = URLS.has(what) ? weightOf("url_password", passwordOf(content.slice(start, end))) : 95;
      if (weight > 0) found.push({ what, weight, start: from + start, end: from + end });
    }
  }
  return found;
}

function byShape(text: string): readonly Secret[] {
  const shapes = secretShapes(text).map(({ what, start, end }) => ({ what, start, end }));
  const assigned = assignedIn(text).map(({ start, end }) => ({ what: "assigned" as const, start, end }));
  return [...shapes, ...assigned]
    .map((one) => ({ ...one, weight: weightOf(one.what, text.slice(one.start, one.end)) }))
    .filter(({ weight }) => weight > 0);
}

const inPlain = async (text: string): Promise<readonly Secret[]> => [...byShape(text), ...(await bySecretlint(text))];

/**
 * With where it stands in the text as given. One that is written with invisible letters between is found all the same; one that was
 * encoded is known to be somewhere in it, and then all of the text counts as one. INVARIANT: all of them, however many: what is not named here
 * is not taken out.
 */
export async function secretsIn(text: string): Promise<readonly Secret[]> {
  const { text: folded, at } = fold(text);
  const direct = (await inPlain(folded)).map((one) => ({ ...one, start: at(one.start), end: at(one.end) }));
  const known = new Set(direct.map(({ what }) => what));
  const encoded: Secret[] = [];
  for (const { as, text: layer } of layersOf(text, unpack).layers)
    if (as !== "written" && as !== "uncommented")
      for (const { what, weight } of await inPlain(layer))
        if (!known.has(what)) encoded.push({ what, weight, start: 0, end: text.length });
  return [...direct, ...encoded];
}
