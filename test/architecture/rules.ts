import { posix } from "node:path";
import * as M from "./matrix.ts";
import type { Import, Source } from "./source.ts";

/** A room's name, "main" for the composition root, null outside src/. */
export function roomOf(path: string): string | null {
  const [top, room] = path.split("/");
  if (top !== "src" || room === undefined) return null;
  return room.endsWith(".ts") ? room.slice(0, -".ts".length) : room;
}

const isIo = (path: string): boolean => path.split("/")[2] === "io";
const isSurface = (room: string): boolean => M.SURFACES.some((surface) => surface === room);
const isPure = (path: string): boolean => {
  const room = roomOf(path);
  return room !== null && room !== "main" && !M.IMPURE.includes(room) && !isIo(path);
};
const rank = (room: string): number => (isSurface(room) ? M.ROOMS.length : M.ROOMS.findIndex((one) => one === room));

/** The door's room, and whether it is the door to its io/: "#gate/io" is gate's. */
function doorOf(specifier: string): { room: string; io: boolean } | null {
  if (!specifier.startsWith("#")) return null;
  const [room = "", part] = specifier.slice(1).split("/");
  return { room, io: part === "io" };
}

const target = (path: string, { specifier }: Import): string => posix.join(posix.dirname(path), specifier);
const isRelative = ({ specifier }: Import): boolean => specifier.startsWith(".");

/** One sentence for each import that the matrix does not allow. */
export function importProblems(source: Source): readonly string[] {
  const room = roomOf(source.path);
  if (room === null || room === "main") return [];
  const say = (line: number, text: string) => `${source.path}:${line} ${text}`;
  return source.imports.flatMap((one) => {
    if (one.specifier === "(computed)")
      return [say(one.line, "imports a computed name: nobody can check where that leads")];
    if (isRelative(one)) {
      const to = target(source.path, one);
      if (roomOf(to) !== room)
        return [say(one.line, `leaves its room by a relative import (${one.specifier}): use the room's door`)];
      return isPure(source.path) && isIo(to)
        ? [say(one.line, `is pure and imports its room's io/ (${one.specifier})`)]
        : [];
    }
    const door = doorOf(one.specifier);
    if (room === "verifier") return [say(one.line, `the verifier imports nothing at all, not even ${one.specifier}`)];
    if (door === null)
      return isPure(source.path) && M.WORLD_PACKAGES.test(one.specifier)
        ? [say(one.line, `is pure and imports ${one.specifier}`)]
        : [];
    if (rank(door.room) === -1) return [say(one.line, `imports ${one.specifier}, which is no room of the list`)];
    // The platform's parts are rooms of their own as far as doors go.
    if (door.room === room && room === "platform") return [];
    if (door.room === room) return [say(one.line, `imports its own door ${one.specifier}: relative inside a room`)];
    if (isSurface(room) && isSurface(door.room))
      return [say(one.line, `is a surface and imports the surface ${one.specifier}`)];
    if (rank(door.room) >= rank(room))
      return [say(one.line, `imports ${one.specifier}, which is listed after ${room}`)];
    const world = door.io || door.room === "platform";
    if (isPure(source.path) && world && !one.typeOnly)
      return [say(one.line, `is pure and imports ${one.specifier}: only its types may be named`)];
    return [];
  });
}

export function purityProblems(source: Source): readonly string[] {
  if (!isPure(source.path)) return [];
  const impure = (what: string): boolean => {
    const [object = "", member = ""] = what.split(".");
    return what === "new Date" || M.WORLD_GLOBALS.has(what) || (M.WORLD_MEMBERS[object]?.includes(member) ?? false);
  };
  return source.globals
    .filter(({ what }) => impure(what))
    .map(({ what, line }) => `${source.path}:${line} is pure and uses ${what}`);
}

/** Who starts a child, and who touches the environment: both in few, named places (L8). */
export function processProblems(source: Source): readonly string[] {
  if (!source.path.startsWith("src/")) return [];
  const starts = source.imports.filter(
    ({ specifier, typeOnly }) =>
      M.PROCESS_PACKAGES.test(specifier) && !typeOnly && !source.path.startsWith(M.STARTS_PROCESSES),
  );
  const reads = source.globals.filter(
    ({ what }) => what === "process.env" && !M.READS_ENVIRONMENT.includes(source.path),
  );
  return [
    ...starts.map(({ line }) => `${source.path}:${line} starts processes itself: use #platform/process`),
    ...reads.map(({ line }) => `${source.path}:${line} touches process.env`),
    ...source.environmentWrites.map(({ line }) => `${source.path}:${line} writes into process.env`),
  ];
}

export function shapeProblems(source: Source): readonly string[] {
  const problems: string[] = [];
  const limit = source.path.startsWith("test/") ? M.TEST_LINE_LIMIT : M.LINE_LIMIT;
  if (source.lines > limit && M.LONG_TABLES[source.path] === undefined)
    problems.push(`${source.path} has ${source.lines} lines (limit ${limit}): look for the seam`);
  for (const part of source.path.split("/"))
    if (M.EMPTY_NAMES.test(part.replace(/\.[a-z]+$/, ""))) problems.push(`${source.path}: "${part}" names nothing`);
  if (source.path !== M.BRANDS)
    for (const { what, line } of source.assertions)
      problems.push(`${source.path}:${line} asserts a type with ${what}: parse it instead`);
  for (const { what, line } of source.switchedOff)
    problems.push(`${source.path}:${line} switches a test off (${what})`);
  for (const { line } of source.defaultExports)
    if (source.path.startsWith("src/"))
      problems.push(`${source.path}:${line} has a default export: a name is the same everywhere`);
  return problems;
}

/** Memory that outlives a call and belongs to no tenant. The demo's world is one invented GitHub, and serves no tenant. */
export function stateProblems(source: Source): readonly string[] {
  if (!source.path.startsWith("src/") || roomOf(source.path) === "demo") return [];
  return source.moduleState
    .filter(({ what }) => M.MODULE_STATE[`${source.path} ${what}`] === undefined)
    .map(
      ({ what, line }) =>
        `${source.path}:${line} keeps ${what} between calls: make it in a factory, under the tenant it is for, or have it reviewed (MODULE_STATE)`,
    );
}

/** A lock's key has two halves: the tenant's hash and the thing's (D21). One number would be everybody's. */
export function lockProblems(path: string, text: string): readonly string[] {
  return [...text.matchAll(/\bpg_(?:try_)?advisory_(?:xact_)?lock(?:_shared)?\s*\(/g)].flatMap((found) => {
    const from = found.index + found[0].length;
    let depth = 1;
    let commas = 0;
    for (let at = from; at < text.length && depth > 0; at += 1) {
      if (text[at] === "(") depth += 1;
      if (text[at] === ")") depth -= 1;
      if (text[at] === "," && depth === 1) commas += 1;
    }
    const line = text.slice(0, found.index).split("\n").length;
    return commas === 1 || M.LOCKS_OF_NOBODY[path] !== undefined
      ? []
      : [`${path}:${line} takes an advisory lock by one number: two keys, the tenant's and the thing's`];
  });
}

/** Each circle once, as the files along it. Type imports count: a circle of types is two rooms that are one. */
export function circles(sources: readonly Source[]): readonly string[] {
  const edges = new Map(
    sources.map((source) => [source.path, source.imports.filter(isRelative).map((one) => target(source.path, one))]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt !== -1) {
      found.push([...trail.slice(seenAt), path].join(" -> "));
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}
