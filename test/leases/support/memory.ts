// What a core dump of a process would hold, read from procfs.

import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";

/** Below `pid`, itself included. */
export function familyOf(pid: number): readonly number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [, parent = ""] = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, "utf8")) ?? [];
        return [{ pid: Number(name), parent: Number(parent) }];
      } catch {
        return []; // It ended meanwhile.
      }
    });
  const below = (of: number): readonly number[] => [
    of,
    ...parents.filter(({ parent }) => parent === of).flatMap((one) => below(one.pid)),
  ];
  return below(pid);
}

export const argumentsOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, "utf8");
export const environmentOf = (pid: number): string => readFileSync(`/proc/${pid}/environ`, "utf8");

/** Whether the text is anywhere in the memory of the process that it may write to. */
export function remembers(pid: number, text: string): boolean {
  const memory = openSync(`/proc/${pid}/mem`, "r");
  try {
    return readFileSync(`/proc/${pid}/maps`, "utf8")
      .split("\n")
      .flatMap((line) => /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line)?.slice(1, 3) ?? [])
      .reduce<readonly (readonly [number, number])[]>(
        (pairs, hex, i, all) =>
          i % 2 === 0 ? [...pairs, [Number.parseInt(hex, 16), Number.parseInt(all[i + 1] ?? "", 16)]] : pairs,
        [],
      ) // prettier-ignore
      .some(([from, to]) => regionOf(memory, from, to)?.includes(text) ?? false);
  } finally {
    closeSync(memory);
  }
}

function regionOf(memory: number, from: number, to: number): Buffer | null {
  try {
    const bytes = Buffer.alloc(to - from);
    readSync(memory, bytes, 0, bytes.length, from);
    return bytes;
  } catch {
    return null; // A page that is not there.
  }
}
