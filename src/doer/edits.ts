// What a proposal makes of the files that it names: the smallest change, and nothing where it does not fit.

import type { Change } from "#gateway";

/** A file as it is; null: there is none of that name. */
export type Before = string | null;

export type Edited =
  | { readonly kind: "written"; readonly path: string; readonly content: string }
  | { readonly kind: "deleted"; readonly path: string }
  | { readonly kind: "unchanged"; readonly path: string }
  | { readonly kind: "does not fit"; readonly why: string };

const doesNotFit = (why: string): Edited => ({ kind: "does not fit", why });

export function edited(change: Change, before: Before): Edited {
  const { path } = change;
  switch (change.kind) {
    case "write":
      return before === change.content
        ? { kind: "unchanged", path }
        : { kind: "written", path, content: change.content };
    case "delete":
      return before === null ? doesNotFit(`${path} is not there.`) : { kind: "deleted", path };
    case "edit": {
      if (before === null) return doesNotFit(`${path} is not there, or is no text.`);
      const at = before.indexOf(change.find);
      if (at === -1) return doesNotFit(`What is to be replaced does not stand in ${path}.`);
      // Also where the two overlap: which one is meant is not ours to guess.
      if (before.includes(change.find, at + 1))
        return doesNotFit(`What is to be replaced stands in ${path} more than once.`);
      if (change.find === change.replace) return { kind: "unchanged", path };
      return {
        kind: "written",
        path,
        content: before.slice(0, at) + change.replace + before.slice(at + change.find.length),
      };
    }
  }
}
