// Globs over paths and branch names. Our own matcher, because a pattern is text that somebody may have written to hurt:
// it never builds a regular expression, and its cost is at most pattern length times path length.

/** Two characters long, so that neither can be mistaken for a literal character. */
const MANY = "**";
const ONE = "??";
type Segment = readonly string[] | "deep";

const ANY: Segment = [MANY];

/**
 * prefix: the plain parts at the start, at or below which every match lies. all: everything below them matches, by the
 * pattern's form alone.
 */
export type Glob =
  | {
      readonly kind: "glob";
      readonly matches: (path: string) => boolean;
      /** Could stand above a match as a folder that some part of the pattern names: a link or a submodule there brings files that no list shows. */
      readonly above: (path: string) => boolean;
      readonly prefix: string;
      readonly all: boolean;
    }
  | { readonly kind: "bad"; readonly why: string };

/**
 * rule: anchored at the root of the repository; a last segment without wildcard also means everything below it.
 * owners: GitHub's CODEOWNERS reading: a pattern without a slash at its start or middle matches at any depth.
 * branch: the whole name, nothing below.
 */
export type GlobKind = "rule" | "owners" | "branch";

interface Parsed {
  readonly segments: readonly Segment[];
  readonly leadingSlash: boolean;
  readonly trailingSlash: boolean;
}

function refusedCharacter(ch: string, at: number, kind: GlobKind): string | null {
  if (ch === "!" && at === 0) return 'a pattern cannot be negated with "!"';
  if (ch === "[" || ch === "]") return 'character ranges "[ ]" are not supported';
  if (kind !== "owners" && (ch === "{" || ch === "}"))
    return 'alternatives "{ }" are not supported: write one pattern for each';
  return null;
}

function parse(pattern: string, kind: GlobKind): Parsed | string {
  const raw: string[][] = [[]];
  for (let i = 0; i < pattern.length; i++) {
    const ch = pattern.charAt(i);
    const segment = raw.at(-1) ?? [];
    if (ch === "\\") {
      const next = pattern.charAt(++i);
      if (next === "" || next === "/") return "a backslash must stand before the character it escapes";
      if (next === "#" && i === 1 && kind === "owners")
        return 'GitHub does not accept a pattern that starts with "\\#"';
      segment.push(next);
      continue;
    }
    const refused = refusedCharacter(ch, i, kind);
    if (refused !== null) return refused;
    if (ch === "/") raw.push([]);
    else if (ch === "*") segment.push(MANY);
    else if (ch === "?") segment.push(ONE);
    else segment.push(ch);
  }
  const leadingSlash = raw.length > 1 && raw[0]?.length === 0;
  const trailingSlash = raw.length > 1 && raw.at(-1)?.length === 0;
  const inner = raw.slice(leadingSlash ? 1 : 0, trailingSlash ? -1 : undefined);
  if (inner.length === 0 || inner.some((s) => s.length === 0))
    return "the pattern is empty, or has an empty part between slashes";
  if (inner.some((s) => s.every((c) => c === ".") && s.length <= 2))
    return 'a path has no "." or ".." parts, so this matches nothing';
  const segments = inner.map((s): Segment => (s.length === 2 && s.every((c) => c === MANY) ? "deep" : s));
  return { segments, leadingSlash, trailingSlash };
}

function completed({ segments, leadingSlash, trailingSlash }: Parsed, kind: GlobKind): readonly Segment[] {
  const floating = kind === "owners" && !leadingSlash && segments.length === 1;
  const start: readonly Segment[] = floating && segments[0] !== "deep" ? ["deep", ...segments] : segments;
  const last = segments.at(-1);
  if (last === "deep") return [...start, ANY];
  if (kind === "branch") return start;
  if (trailingSlash) return [...start, ANY, "deep"];
  const wild = last !== undefined && last.some((c) => c === MANY || c === ONE);
  const onlyStar = last?.length === 1 && last[0] === MANY;
  const descends = kind === "owners" ? !onlyStar : !wild;
  return descends ? [...start, "deep"] : start;
}

/** Greedy with one point of return: the earliest match of what stands between two stars is always good enough. */
function walk<T>(
  pattern: readonly T[],
  text: { readonly length: number },
  isStar: (p: T) => boolean,
  fits: (p: T, at: number) => boolean,
): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    const item = pattern[p];
    if (item !== undefined && isStar(item)) {
      star = p++;
      mark = t;
    } else if (item !== undefined && fits(item, t)) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  return pattern.slice(p).every(isStar);
}

function segmentFits(segment: Segment, text: string): boolean {
  if (segment === "deep") return true;
  return walk(
    segment,
    text,
    (c) => c === MANY,
    (c, at) => c === ONE || c === text.charAt(at),
  );
}

function literal(segment: Segment | undefined): string | null {
  if (segment === undefined || segment === "deep") return null;
  return segment.every((c) => c.length === 1) ? segment.join("") : null;
}

export function compileGlob(pattern: string, kind: GlobKind): Glob {
  const parsed = parse(pattern, kind);
  if (typeof parsed === "string") return { kind: "bad", why: parsed };
  const segments = completed(parsed, kind);
  const literals = segments.map(literal);
  const wild = literals.indexOf(null);
  const plain = wild < 0 ? segments.length : wild;
  const prefix = literals.slice(0, plain).join("/");
  const rest = segments.slice(plain);
  const itself = rest.length === 1 && rest[0] === "deep";
  const all = itself || isEverythingBelow(rest);
  const matches = all ? below(prefix, itself) : matcher(segments, prefix, rest);
  return { kind: "glob", matches, above: folders(segments), prefix, all };
}

/** Every beginning of the pattern that has a part of its own: all paths are folders of double stars alone. */
function folders(segments: readonly Segment[]): (path: string) => boolean {
  const named = segments.findIndex((segment) => segment !== "deep");
  const beginnings = segments.map((_, end) => segments.slice(0, end)).slice(named + 1);
  return (path) => {
    const parts = path.split("/");
    return beginnings.some((each) => fitsAll(each, parts));
  };
}

const fitsAll = (segments: readonly Segment[], parts: readonly string[]): boolean =>
  walk(
    segments,
    parts,
    (s) => s === "deep",
    (s, at) => segmentFits(s, parts[at] ?? ""),
  );

function below(prefix: string, itself: boolean): (path: string) => boolean {
  const start = prefix === "" ? "" : `${prefix}/`;
  return itself ? (path) => path === prefix || startsWith(path, start) : (path) => startsWith(path, start);
}

/** Most paths are told by how they start and end; only what passes that is taken apart. */
function matcher(segments: readonly Segment[], prefix: string, rest: readonly Segment[]): (path: string) => boolean {
  if (rest.length === 0) return (path) => path === prefix;
  const suffix = tail(rest.at(-1));
  return (path) => {
    if (!endsWith(path, suffix) || !startsWith(path, prefix)) return false;
    return fitsAll(segments, path.split("/"));
  };
}

function endsWith(path: string, suffix: string): boolean {
  const length = suffix.length;
  return length === 0 || (path.charCodeAt(path.length - 1) === suffix.charCodeAt(length - 1) && path.endsWith(suffix));
}

/** The last character first: sibling folders share all the others. */
function startsWith(path: string, prefix: string): boolean {
  const last = prefix.length - 1;
  return last < 0 || (path.charCodeAt(last) === prefix.charCodeAt(last) && path.startsWith(prefix));
}

/** One part or more, whatever they are. */
function isEverythingBelow(rest: readonly Segment[]): boolean {
  const [any, deep] = rest[0] === "deep" ? [rest[1], rest[0]] : [rest[0], rest[1]];
  return rest.length === 2 && deep === "deep" && any !== "deep" && any?.length === 1 && any[0] === MANY;
}

/** What the last part of every match ends with. */
function tail(segment: Segment | undefined): string {
  if (segment === undefined || segment === "deep") return "";
  return segment.slice(segment.findLastIndex((c) => c === MANY || c === ONE) + 1).join("");
}
