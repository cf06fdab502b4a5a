import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { refusedCalls, seccompFilter, type Machine } from "#sandbox";

const HEADERS: Readonly<Record<Machine, string>> = {
  x64: "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
  arm64: "/usr/include/asm-generic/unistd.h",
};
/** Of seccomp_data: what a filter sees of a call. */
interface Call {
  readonly arch: number;
  readonly nr: number;
  readonly args?: readonly number[];
}
const ARCH: Readonly<Record<Machine, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };
const ALLOWED = 0x7fff0000;
const KILLED = 0x80000000;
const refusal = (errno: number): number => 0x00050000 | errno;

/** The kernel's side: runs the filter over one call, by the rules of linux/filter.h. */
function judge(filter: Uint8Array, call: Call): number {
  const view = new DataView(filter.buffer);
  const word = (offset: number): number =>
    offset === 0 ? call.nr : offset === 4 ? call.arch : (call.args?.[(offset - 16) / 8] ?? 0);
  let loaded = 0;
  for (let at = 0; at * 8 < filter.length; at++) {
    const [code, jt, jf, k] = [
      view.getUint16(at * 8, true),
      view.getUint8(at * 8 + 2),
      view.getUint8(at * 8 + 3),
      view.getUint32(at * 8 + 4, true),
    ];
    if (code === 0x06) return k;
    if (code === 0x20) loaded = word(k) >>> 0;
    else {
      const holds = code === 0x15 ? loaded === k : code === 0x35 ? loaded >= k : (loaded & k) !== 0;
      at += holds ? jt : jf;
    }
  }
  throw new Error("the filter ran off its end");
}

describe.each(["x64", "arm64"] as const)("the filter of system calls on %s", (machine) => {
  const filter = seccompFilter(machine);
  const call = (nr: number, ...args: readonly number[]): number => judge(filter, { arch: ARCH[machine], nr, args });

  it("refuses each call of the table, and no neighbour by a slip of a jump", () => {
    const refused = new Set(refusedCalls(machine).values());
    const special = new Set([435]);
    for (let nr = 0; nr < 500; nr++)
      expect([nr, call(nr)]).toEqual([nr, refused.has(nr) ? refusal(1) : special.has(nr) ? refusal(38) : ALLOWED]);
  });

  it("ends a process that calls by another machine's numbers, and by x86's 32-bit table", () => {
    const other = machine === "x64" ? ARCH.arm64 : ARCH.x64;
    expect(judge(filter, { arch: other, nr: 0 })).toBe(KILLED);
    if (machine === "x64") expect(call(0x40000000 + 41)).toBe(KILLED);
  });

  it("lets a process start another, and none with a namespace of its own", () => {
    const clone = machine === "x64" ? 56 : 220;
    expect(call(clone, 0x1200011)).toBe(ALLOWED);
    for (const namespace of [0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000])
      expect(call(clone, namespace | 17)).toBe(refusal(1));
  });

  it("lets a program ask its terminal, and never type into one", () => {
    const ioctl = machine === "x64" ? 16 : 29;
    expect(call(ioctl, 1, 0x5401)).toBe(ALLOWED);
    expect(call(ioctl, 1, 0x5412)).toBe(refusal(1));
    expect(call(ioctl, 1, 0x541c)).toBe(refusal(1));
  });

  it.runIf(existsSync(HEADERS[machine]))("has the numbers of the kernel's own header", () => {
    const header = readFileSync(HEADERS[machine], "utf8");
    const numbers = new Map(
      [...header.matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)/gm)].map(([, name, nr]) => [name, Number(nr)]),
    );
    for (const [name, nr] of refusedCalls(machine)) expect([name, numbers.get(name)]).toEqual([name, nr]);
  });
});
