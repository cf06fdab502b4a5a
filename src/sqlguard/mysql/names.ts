// When two names are one to these servers.

/** As far as the server looks at a name. */
const LENGTH = 64;

/**
 * What names of columns and their aliases are compared by: without case, accents and leading spaces, up to their length's limit.
 * INVARIANT: two names that the server may take for one are one here. Some that it tells apart are one here, too: then more is hidden.
 */
export const foldedName = (name: string): string =>
  Array.from(name.trim())
    .slice(0, LENGTH)
    .map((letter) => Array.from(letter.normalize("NFKD").toUpperCase()).at(0)?.toLowerCase() ?? "")
    .join("");
