import { chapters } from "./promises.ts";
import type { Promised } from "./promises.ts";

export type NamedTest = { readonly file: string; readonly name: string };

/** The number stands alone in the name: G1 is cited by "G1 expires", not by the case id G01 nor by G11. */
const cites = (name: string, id: string): boolean => new RegExp(`(?<![A-Za-z0-9])${id}(?![A-Za-z0-9])`).test(name);

/** Test names are data here: what markdown would read as markup is shown as written. */
const plain = (name: string): string =>
  name.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_<>|[\]]/g, (sign) => `\\${sign}`);

/** A table of many cases is one line per group of tests: the file shows the rest. */
const SHOWN_PER_FILE = 6;

function evidence(promise: Promised, tests: readonly NamedTest[]): string {
  const citing = tests.filter(({ name }) => cites(name, promise.id));
  if (citing.length === 0) return "not yet\n";
  const byFile = Map.groupBy(citing, ({ file }) => file);
  return [...byFile]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, found]) => {
      const names = [...new Set(found.map(({ name }) => plain(name)))];
      const more = names.length - SHOWN_PER_FILE;
      const lines = names.slice(0, SHOWN_PER_FILE).map((name) => `  - ${name}`);
      return [`- [${file}](../${file})`, ...lines, ...(more > 0 ? [`  - and ${more} more`] : [])].join("\n") + "\n";
    })
    .join("");
}

/** docs/guarantees.md: each promise with the tests that name it. */
export function page(tests: readonly NamedTest[]): string {
  const parts = chapters.map(({ title, promises }) => {
    const rows = promises.map((promise) => `### ${promise.id}\n\n${promise.text}\n\n${evidence(promise, tests)}`);
    return `## ${title}\n\n${rows.join("\n")}`;
  });
  return `# Guarantees, and the tests that prove them

Written by \`npm run guarantees\` from the names of the tests; do not edit. "not yet" means that no test names the guarantee: treat it as not kept.

${parts.join("\n")}`;
}
