// A hundred calls of one agent end, and each end wakes everybody who waits for one, of whatever client: what is heard says nothing about whom it
// is about. Nobody's connections are used up by looking.

import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { callId, tenantId } from "#kernel";
import { together } from "../../src/gateway/io/dispatch/looks.ts";

const acme = tenantId("01900000-0000-7000-8000-000000000001") ?? expect.unreachable();
const globex = tenantId("01900000-0000-7000-8000-000000000002") ?? expect.unreachable();
const hundred = Array.from({ length: 100 }, () => callId(randomUUID()) ?? expect.unreachable());

it("INVARIANT 21 a hundred that ask at once are one look; who asks while it is under way, the next", async () => {
  const looks: (readonly [string, number])[] = [];
  let under = 0;
  const look = together(async (tenant, calls) => {
    looks.push([tenant, calls.length]);
    under += 1;
    expect(under).toBeLessThan(3);
    await new Promise((resolve) => setTimeout(resolve, 20));
    under -= 1;
    return new Map(calls.map((call) => [call, `of ${call}`]));
  });
  const first = hundred.map(async (call) => (await look(acme, call))?.get(call));
  const others = look(globex, hundred[0] ?? expect.unreachable());
  await new Promise((resolve) => setTimeout(resolve, 10));
  const second = hundred.map(async (call) => (await look(acme, call))?.get(call));
  expect(await Promise.all([...first, ...second])).toEqual([...hundred, ...hundred].map((call) => `of ${call}`));
  await others;
  expect(new Set(looks.map(([tenant, calls]) => `${tenant === acme ? "acme" : "globex"} ${calls}`))).toEqual(new Set(["acme 100", "globex 1"])); // prettier-ignore
  expect(looks).toHaveLength(3);
});

it("a look that fails is those's who asked then, and no others'", async () => {
  let away = true;
  const look = together(async (_, calls) => {
    if (away) throw new Error("the database is away");
    return new Map(calls.map((call) => [call, 1]));
  });
  const [call = expect.unreachable()] = hundred;
  await expect(look(acme, call)).rejects.toThrow("away");
  away = false;
  expect((await look(acme, call))?.get(call)).toBe(1);
});
