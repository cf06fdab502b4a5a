import { describe, expect, it } from "vitest";
import { tenant, type Rotate, type TenantPorts } from "#cli";
import { ranWith } from "./terminal.ts";

const never = (): never => expect.unreachable();
const done = { kind: "rotated", prefix: "acme", version: 3, rewrapped: 7, unreadable: 0, ended: null } as const;
function ran(args: readonly string[], answer: Awaited<ReturnType<Rotate>>) {
  const asked: string[] = [];
  const ports: TenantPorts = {
    onboard: never,
    list: never,
    show: never,
    ask: never,
    suspend: never,
    reinstate: never,
    rotate: async (prefix) => {
      asked.push(prefix);
      return answer;
    },
  };
  return ranWith(tenant(ports), ["tenant", "rotate", ...args]).then((said) => ({ ...said, asked }));
}

describe("countersign tenant rotate", () => {
  it("says which version is in use, and how many data keys it wraps", async () => {
    expect(await ran(["acme"], done)).toMatchObject({
      asked: ["acme"],
      out: ["acme has key 3 now; 7 data keys are wrapped under it."],
      status: 0,
    });
  });

  it("says what no longer opens", async () => {
    const { out } = await ran(["acme"], { ...done, ended: 1 });
    expect(out[1]).toBe("Its keys up to 1 are destroyed: backups from their time open no more.");
  });

  it("data keys that were altered: status 1, also as JSON", async () => {
    for (const json of [[], ["--json"]])
      expect(await ran(["acme", ...json], { ...done, unreadable: 2 })).toMatchObject({
        err: [expect.stringContaining("2 data keys open under no version")],
        status: 1,
      });
  });

  it("JSON is one line", async () => {
    const { out } = await ran(["acme", "--json"], done);
    expect(out.map((line) => JSON.parse(line))).toEqual([done]);
  });

  it("refused: status 2, and why", async () => {
    const no = { kind: "refused", problems: ["There is no active tenant of that name."] } as const;
    expect(await ran(["initech"], no)).toMatchObject({ err: no.problems, status: 2 });
  });
});
