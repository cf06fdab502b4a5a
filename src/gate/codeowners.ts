// CODEOWNERS as GitHub reads it, except that a line GitHub would skip is a problem here: skipping it would leave a path
// without the owner that somebody meant to give it (D15).

import { teamName } from "#kernel";
import { compileGlob } from "./paths.ts";
import type { Problem } from "./policy-file.ts";
import type { Codeowners, Owner } from "./policy-types.ts";

/** GitHub does not load a larger file. */
const MAX_BYTES = 3 * 1024 * 1024;
/** One bad file should not fill a check run with its lines. */
const MAX_PROBLEMS = 100;

const LOGIN = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})$/;
const EMAIL = /^[^\s@<>]{1,64}@[^\s@<>.]{1,63}(?:\.[^\s@<>.]{1,63}){1,10}$/;

interface Line {
  readonly index: number;
  readonly matches: (path: string) => boolean;
  /** Everything below its prefix matches: no need to look at each path. */
  readonly all: boolean;
  readonly owners: readonly Owner[];
}

export type CodeownersResult =
  | { readonly kind: "codeowners"; readonly codeowners: Codeowners }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

export function parseCodeowners(text: string): CodeownersResult {
  if (text.length > MAX_BYTES || new TextEncoder().encode(text).length > MAX_BYTES) {
    return {
      kind: "problems",
      problems: [
        { text: "CODEOWNERS is larger than 3 MB; GitHub does not read it. Make it smaller.", line: undefined },
      ],
    };
  }
  const problems: Problem[] = [];
  const byPrefix = new Map<string, Line[]>();
  text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .forEach((raw, index) => {
      const fields = fieldsOf(raw);
      const [pattern, ...names] = fields;
      if (pattern === undefined) return;
      const glob = compileGlob(pattern, "owners");
      if (glob.kind === "bad") problems.push({ text: `GitHub would skip this line: ${glob.why}.`, line: index + 1 });
      const owners: Owner[] = [];
      for (const name of names) {
        const owner = ownerOf(name);
        if (owner === null)
          problems.push({
            text: `GitHub would skip this line: "${name}" is not @user, @organisation/team or an e-mail address.`,
            line: index + 1,
          });
        else owners.push(owner);
      }
      if (glob.kind === "bad") return;
      const line: Line = { index, matches: glob.matches, all: glob.all, owners };
      const group = byPrefix.get(glob.prefix);
      if (group === undefined) byPrefix.set(glob.prefix, [line]);
      else group.push(line);
    });
  if (problems.length > 0) return { kind: "problems", problems: problems.slice(0, MAX_PROBLEMS) };
  return { kind: "codeowners", codeowners: { ownersOf: ownersIn(byPrefix) } };
}

const NOBODY: readonly Owner[] = [];

/**
 * Only the lines whose plain beginning the path shares are tried: a large file stays cheap for many paths. GitHub lists
 * paths in order, so what can apply in the folder of the last one is kept for the next.
 */
function ownersIn(byPrefix: ReadonlyMap<string, readonly Line[]>): Codeowners["ownersOf"] {
  const withFiles = new Set([...byPrefix.keys()].map(folderOf));
  let folder: string | null = null;
  let groups: readonly (readonly Line[])[] = [];
  let files = false;
  return (path) => {
    if (folder === null || path.lastIndexOf("/") !== folder.length || !path.startsWith(folder)) {
      folder = folderOf(path);
      groups = groupsOver(folder, byPrefix);
      files = withFiles.has(folder);
    }
    let best = files ? byPrefix.get(path)?.findLast((line) => line.matches(path)) : undefined;
    for (const group of groups) best = later(path, group, best);
    return best?.owners ?? NOBODY;
  };
}

/** The last of `lines`, whose prefix lies above the path, that matches, if it stands after `best`. `lines` are in the order of the file. */
function later(path: string, lines: readonly Line[], best: Line | undefined): Line | undefined {
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i];
    if (line === undefined || (best !== undefined && line.index < best.index)) return best;
    if (line.all || line.matches(path)) return line;
  }
  return best;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

/** The lines whose prefix is this folder or one around it, the nearest first. */
function groupsOver(folder: string, byPrefix: ReadonlyMap<string, readonly Line[]>): readonly (readonly Line[])[] {
  const groups: (readonly Line[])[] = [];
  for (let around = folder; around !== ""; around = folderOf(around)) groups.push(byPrefix.get(around) ?? []);
  return [...groups, byPrefix.get("") ?? []];
}

/** Splits at white space that is not escaped; a field that starts with "#" starts a comment. Keeps escapes for the glob. */
function fieldsOf(line: string): readonly string[] {
  const fields: string[] = [];
  let field = "";
  for (let i = 0; i <= line.length; i++) {
    const ch = line.charAt(i);
    if (ch === "" || ch === " " || ch === "\t") {
      if (field !== "") fields.push(field);
      field = "";
    } else if (ch === "#" && field === "") {
      break;
    } else if (ch === "\\" && i + 1 < line.length) {
      field += ch + line.charAt(++i);
    } else {
      field += ch;
    }
  }
  return fields;
}

function ownerOf(name: string): Owner | null {
  if (name.startsWith("@") && name.includes("/")) {
    const team = teamName(name);
    return team === null ? null : { kind: "team", team };
  }
  if (name.startsWith("@")) {
    const login = name.slice(1);
    return LOGIN.test(login) ? { kind: "user", login } : null;
  }
  return EMAIL.test(name) ? { kind: "email", email: name } : null;
}
