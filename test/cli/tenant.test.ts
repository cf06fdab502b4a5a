// The commands about clients: what they ask, what they print, and with which status they end.

import { describe, expect, it } from "vitest";
import { tenant, type ListedTenant, type Onboarded, type ShownTenant, type TenantPorts } from "#cli";
import { instantOfMillis } from "#kernel";
import { ranWith } from "./terminal.ts";

const at = instantOfMillis(Date.UTC(2026, 10, 21, 9));
const acme: ListedTenant = {
  prefix: "acme",
  id: "01ff0000-0000-7000-8000-000000000001",
  state: "active",
  region: "eu",
  slot: 1,
  installations: [7, 8],
  lost: [{ installation: 8, state: "gone" }],
  apiKeys: 2,
  since: at,
  suspendedSince: null,
};
const globex: ListedTenant = { ...acme, prefix: "globex", slot: 2, state: "suspended", suspendedSince: at, installations: [], lost: [] }; // prettier-ignore
const shown: ShownTenant = {
  ...globex,
  credentials: [{ name: "GLOBEX_DATABASE_URL", state: "shut" }],
  settings: { masked: 2, allowed: 1 },
  assets: [{ kind: "folder", locator: "clients/globex/" }],
  problems: [],
};
const NONE = { kind: "refused", problems: ["There is no such client."] } as const;

async function ran(args: readonly string[], over: Partial<TenantPorts> = {}) {
  const changes: unknown[] = [];
  const ports: TenantPorts = {
    onboard: async () => NONE,
    list: async () => ({ kind: "tenants", tenants: [acme, globex] }),
    show: async () => ({ kind: "tenant", tenant: shown }),
    ask: async () => "",
    identify: async () => NONE,
    offboard: async () => NONE,
    resume: async () => NONE,
    verify: async () => NONE,
    rotate: {
      one: async () => NONE,
      all: async () => NONE,
      breakGlass: async () => NONE,
      checklist: async () => NONE,
    },
    certificate: async () => NONE,
    suspend: async (asked) => {
      changes.push(asked);
      return { kind: "suspended", problems: [] };
    },
    reinstate: async (asked) => {
      changes.push(asked);
      return { kind: "reinstated", problems: [] };
    },
    ...over,
  };
  return { ...(await ranWith(tenant(ports), ["tenant", ...args])), changes };
}

describe("countersign tenant onboard", () => {
  const done: Onboarded = {
    kind: "done",
    prefix: "acme",
    id: acme.id,
    region: "eu",
    created: true,
    installation: 7,
    made: ["/clients/acme/.env"],
    problems: [],
    next: "countersign doctor",
  };
  const onboard = (args: readonly string[], over: Partial<Onboarded> = {}) =>
    ran(["onboard", ...args], { onboard: async () => ({ ...done, ...over }) });

  it("says what it made, and the next step", async () => {
    expect(await onboard(["acme"])).toMatchObject({
      out: [
        "Tenant acme exists now, in the region eu.",
        "Installation 7 belongs to it: its pull requests are decided from now on.",
        "Made /clients/acme/.env",
        "Next: countersign doctor",
      ],
      status: 0,
    });
    expect(JSON.parse((await onboard(["acme", "--json"])).out[0] ?? "")).toEqual(done);
  });

  it("a folder that could not be made: what there is, what to do, status 1", async () => {
    const { out, err, status } = await onboard(["acme"], { created: false, problems: ["not whole"] });
    expect({ first: out[0], err, status }).toEqual({
      first: "Tenant acme existed already.",
      err: ["not whole"],
      status: 1,
    });
  });

  it.each([
    ["--installation", "0"],
    ["--installation", "seven"],
    ["--region", "EU"],
    ["--region", "eu\nslot: 9"],
  ])("fails closed: %s %j is refused before anything happens", async (option, text) => {
    const onboardNever = () => Promise.reject(new Error("asked"));
    const { err, status } = await ran(["onboard", "acme", option, text], { onboard: onboardNever });
    expect({ err, status }).toEqual({ err: [expect.stringContaining(option)], status: 1 });
  });
});

describe("countersign tenant list, show", () => {
  it("a line for each client, also for one that is suspended", async () => {
    const { out, status } = await ran(["list"]);
    expect(status).toBe(0);
    expect(out).toEqual([
      "acme              active     eu  since 2026-11-21  installations: 7, 8 (uninstalled)  API keys: 2",
      "globex            suspended  eu  since 2026-11-21  installations: none  API keys: 2",
    ]);
  });

  it("JSON: one object a line, with instants as text", async () => {
    const { out } = await ran(["list", "--json"]);
    expect(out.map((line) => JSON.parse(line))).toMatchObject([
      { prefix: "acme", installations: [7, 8], since: "2026-11-21T09:00:00.000Z", suspendedSince: null },
      { prefix: "globex", state: "suspended", suspendedSince: "2026-11-21T09:00:00.000Z" },
    ]);
  });

  it("a page of one client names its credentials and shows none", async () => {
    const { out } = await ran(["show", "globex"]);
    expect(out).toEqual(
      expect.arrayContaining([
        "State          suspended since 2026-11-21T09:00:00.000Z",
        "  GLOBEX_DATABASE_URL  not opened: the client is not active",
        "client.yml     read under sql: 2 masked columns, 1 allowed function",
        "Assets         1",
        "  folder        clients/globex/",
      ]),
    );
    expect(JSON.parse((await ran(["show", "globex", "--json"])).out[0] ?? "")).toMatchObject({
      credentials: [{ name: "GLOBEX_DATABASE_URL", state: "shut" }],
    });
  });

  it("no clients yet: the next step; nobody of that name: status 2", async () => {
    const none = await ran(["list"], { list: async () => ({ kind: "tenants", tenants: [] }) });
    expect(none).toMatchObject({ out: [], status: 0, err: [expect.stringContaining("tenant onboard")] });
    expect(await ran(["show", "initech"], { show: async () => NONE })).toMatchObject({ err: NONE.problems, status: 2 });
  });
});

describe.each(["suspend", "reinstate"])("countersign tenant %s", (verb) => {
  const args = [verb, "acme", "--reason", " unpaid "];

  it("O10 asks for the name again, and does it when it is the same", async () => {
    const { changes, status } = await ran(args, { ask: async () => "acme\n" });
    expect({ changes, status }).toEqual({ changes: [{ prefix: "acme", reason: "unpaid" }], status: 0 });
  });

  it.each(["", "globex", "ACME", "yes"])("O10 fails closed: %j was typed, and nothing happens", async (typed) => {
    const { changes, status, err } = await ran(args, { ask: async () => typed });
    expect({ changes, status }).toEqual({ changes: [], status: 2 });
    expect(err).toEqual([expect.stringContaining("Nothing was changed")]);
  });

  it("--yes asks nothing", async () => {
    const ask = () => Promise.reject(new Error("asked"));
    expect((await ran([...args, "--yes"], { ask })).changes).toHaveLength(1);
  });

  it.each([[" "], ["x".repeat(501)]])("no reason, or a novel: refused", async (reason) => {
    expect(await ran([verb, "acme", "--reason", reason, "--yes"])).toMatchObject({ changes: [], status: 2 });
  });

  it("already so: status 0, and it says that nothing was changed", async () => {
    const none = async () => ({ kind: "already", problems: [] }) as const;
    const already = { suspend: none, reinstate: none };
    const { out, status } = await ran([...args, "--yes"], already);
    expect({ out, status }).toEqual({ out: [expect.stringContaining("nothing was changed")], status: 0 });
  });

  it("GitHub did not answer: what was done stands, what was not is said, status 1", async () => {
    const half = async () => ({ kind: "already", problems: ["Installation 7 is as it was at GitHub."] }) as const;
    const { out, err, status } = await ran([...args, "--yes"], { suspend: half, reinstate: half });
    expect({ lines: out.length, err, status }).toEqual({
      lines: 1,
      err: ["Installation 7 is as it was at GitHub."],
      status: 1,
    });
  });

  it("refused: status 2, and as JSON", async () => {
    const no = { suspend: async () => NONE, reinstate: async () => NONE };
    expect(await ran([...args, "--yes", "--json"], no)).toMatchObject({ out: [JSON.stringify(NONE)], status: 2 });
  });
});
