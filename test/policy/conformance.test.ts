// Same facts, same colours and rules, whichever engine decides: the cases of Countersign's own rules, against Cedar and against OPA.

import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { cited, observed, parseCases, quorumOf, type Engine } from "#policy";
import { opaEngine, opaUrl, openAbove, readConstitution, shippedFolder } from "#policy/io";
import { mismatch } from "../../src/policy/cases.ts";
import { anyFacts } from "./any-facts.ts";
import { opaServer, type OpaServer } from "./opa-server.ts";
import { engineOf, facts, forbid, tenantFolder } from "./rules.ts";

const folders = await Promise.all([shippedFolder("platform"), shippedFolder("floor")]);
const cases = folders
  .flatMap((folder) => folder.cases)
  .map(({ file, text }) => parseCases(file, text))
  .flatMap((read) => (read.kind === "cases" ? read.cases : []));

let server: OpaServer;
beforeAll(async () => {
  server = await opaServer();
});
afterEach(() => {
  server.answering = { kind: "decides" };
});
afterAll(() => server.close());

async function byOpa(timeoutMs = 5_000): Promise<Engine> {
  const opened = openAbove("conformance-opa", opaEngine({ url: server.url, timeoutMs }), await readConstitution(null));
  return opened.kind === "loaded" ? opened.engine : expect.fail("the floor did not load");
}

describe.each([
  ["Cedar", () => engineOf("", "conformance-cedar")],
  ["OPA", () => byOpa()],
])("decided by %s", (_, engine) => {
  it("there are cases", () => expect(cases.length).toBeGreaterThan(50));

  it.each(cases.map((each) => [each.name, each] as const))("%s", async (__, each) => {
    const verdict = await (await engine()).decide(each.facts);
    // Cedar does not say what permits where the floor forbids, nor OPA what the floor permits.
    const reasons = verdict.reasons.filter(({ id }) => id !== "engine.permits" && id !== "never.unpermitted");
    expect(mismatch(each, { ...verdict, reasons })).toBeNull();
  });
});

const SHOP = { directory: "/home/ann/shop", root: "/home/ann/shop" };
/** A command line of the agent's own program, as its hook asks about it. */
const HOOKS: readonly (readonly [command: string, native: { directory: string | null; root: string | null }])[] = [
  ["ls -la", SHOP],
  ["npm test", SHOP],
  ["npm ci", SHOP],
  ["git fetch origin", SHOP],
  ["git push origin topic", SHOP],
  ["curl https://example.com", SHOP],
  ["kubectl apply -f x.yaml", SHOP],
  ["frobnicate", SHOP],
  ["python3 -c 'print(1)'", SHOP],
  ["cat a.ts", { directory: null, root: null }],
  ["cat ../other/a.ts", SHOP],
  ["git push --force origin topic", SHOP],
];

describe("Cedar and OPA say the same, with the same rules", () => {
  let byCedar: Engine;
  let aboveOpa: Engine;
  beforeAll(async () => {
    byCedar = await engineOf("", "conformance-cedar");
    aboveOpa = await byOpa();
  });
  const both = async (given: unknown) => {
    const [cedar, opa] = await Promise.all([byCedar.decide(given), aboveOpa.decide(given)]);
    const said = ({ colour, reasons, errors }: typeof cedar) => ({
      colour,
      errors: errors.length,
      rules: reasons.map(cited).filter((id) => !/^(?:engine\.permits|never\.unpermitted)@/.test(id)).toSorted(),
    });
    return [said(cedar), said(opa)];
  }; // prettier-ignore

  it.each(HOOKS)("about a hook's %j", async (command, native) => {
    const [cedar, opa] = await both(observed(facts({ tool: "shell.test" }), { command, native }));
    expect(opa).toEqual(cedar);
  });

  it("about any facts", async () => {
    await fc.assert(
      fc.asyncProperty(anyFacts, async (given) => {
        const [cedar, opa] = await both(given);
        expect(opa).toEqual(cedar);
      }),
      { numRuns: 200 },
    );
  });
});

describe("fails closed: the floor holds above any answer of OPA's", () => {
  it("a GREEN for a forced push is RED by the floor", async () => {
    const result = { verdict: "GREEN", reasons: [{ id: "acme.all", version: "1" }], errors: [] };
    server.answering = { kind: "answers", status: 200, body: JSON.stringify({ result }) };
    const verdict = await (await byOpa()).decide(facts({ hazards: ["git.force_push"] }));
    expect(verdict.colour).toBe("RED");
    expect(verdict.reasons.map(cited)).toEqual(["never.force_push@1"]);
  });
});

describe("how many people have to say yes", () => {
  const yellow = (...reasons: readonly object[]) => {
    const result = { verdict: "YELLOW", reasons, errors: [] };
    server.answering = { kind: "answers", status: 200, body: JSON.stringify({ result }) };
  };

  it("OPA says it with its reason", async () => {
    yellow({ id: "acme.rego", version: "1" }, { id: "acme.rego_two", version: "1", quorum: 2 });
    expect(quorumOf(await (await byOpa()).decide(facts()))).toBe(2);
  });

  it("G3: an answer that names a client's rule with fewer people lowers nothing", async () => {
    yellow({ id: "acme.rule", version: "1", quorum: 1 });
    const client = await readConstitution(tenantFolder(`@quorum("3") ${forbid({ verdict: "YELLOW" })}`));
    const opened = openAbove("conformance-quorum", opaEngine({ url: server.url, timeoutMs: 1_000 }), client);
    if (opened.kind === "refused") throw new TypeError(JSON.stringify(opened.findings));
    const verdict = await opened.engine.decide(facts());
    expect([verdict.colour, quorumOf(verdict)]).toEqual(["YELLOW", 3]);
  });
});

describe("fails closed: RED with an error", () => {
  const result = (more: object) =>
    JSON.stringify({ result: { verdict: "GREEN", reasons: [{ id: "a.b", version: "1" }], errors: [], ...more } });
  it.each([
    ["undefined (no result)", 200, "{}"],
    ["a result that is null", 200, `{"result":null}`],
    ["a result that is true", 200, `{"result":true}`],
    ["no reasons", 200, result({ reasons: undefined })],
    ["a GREEN without a rule", 200, result({ reasons: [] })],
    ["a reason that names no rule", 200, result({ reasons: [{ id: "x", version: "1" }] })],
    ["more people than a request asks", 200, result({ reasons: [{ id: "a.b", version: "1", quorum: 6 }] })],
    ["a number of people that is none", 200, result({ reasons: [{ id: "a.b", version: "1", quorum: 0 }] })],
    ["no list of errors", 200, result({ errors: undefined })],
    ["errors beside GREEN", 200, result({ errors: ["eval_conflict_error"] })],
    ["a colour that there is not", 200, result({ verdict: "green" })],
    ["no colour", 200, result({ verdict: undefined })],
    ["something beside the document", 200, result({ allow: true })],
    ["another type", 200, `"GREEN"`],
    ["no JSON", 200, "GREEN"],
    ["too much", 200, result({ errors: [], padding: "x".repeat(300_000) })],
    ["an answer of 500", 500, result({})],
    ["an answer of 404", 404, "{}"],
    ["an answer of 204", 204, ""],
  ])("%s", async (_, status, body) => {
    server.answering = { kind: "answers", status, body };
    expect(await (await byOpa()).decide(facts())).toMatchObject({ colour: "RED", errors: [expect.any(String)] });
  });

  it.each([
    ["no answer in time", { kind: "hangs" }, /did not answer within 100 ms/],
    ["a connection that breaks", { kind: "hangs up" }, /could not be asked/],
    ["a redirect", { kind: "redirects", to: "http://127.0.0.1:9/" }, /could not be asked/],
  ] as const)("%s", async (_, answering, says) => {
    server.answering = answering;
    expect(await (await byOpa(100)).decide(facts())).toMatchObject({
      colour: "RED",
      errors: [expect.stringMatching(says)],
    });
  });

  it("a server that was late is left alone for a while, so that nobody's calls pile up before it", async () => {
    let now = 0;
    const engine = opaEngine({ url: server.url, timeoutMs: 100, clock: () => now });
    server.answering = { kind: "hangs" };
    expect((await engine.decide(facts())).errors[0]).toMatch(/within 100 ms/);
    server.answering = { kind: "decides" };
    expect(await engine.decide(facts())).toMatchObject({
      colour: "RED",
      errors: [expect.stringMatching(/a moment ago/)],
    });
    now = 3_000;
    expect(await engine.decide(facts())).toMatchObject({ colour: "GREEN", errors: [] });
  });

  it("no server", async () => {
    const engine = opaEngine({ url: new URL("http://127.0.0.1:1/v1/data/x"), timeoutMs: 1_000 });
    expect(await engine.decide(facts())).toMatchObject({ colour: "RED", errors: [expect.any(String)] });
  });

  it("facts that are none are never sent", async () => {
    expect(await (await byOpa()).decide({ v: 1 })).toMatchObject({ colour: "RED", reasons: [] });
  });
});

describe("where a policy server may be", () => {
  it.each([
    "https://opa.example.com/v1/data/x",
    "http://127.0.0.1:8181/v1/data/x",
    "http://localhost:8181/x",
    "http://[::1]:8181/x",
  ])("%s", (url) => {
    expect(opaUrl(url)).toBeInstanceOf(URL);
  });
  it.each([
    "http://opa.example.com/v1/data/x",
    "file:///etc/passwd",
    "https://a:b@opa.example.com/x",
    "opa",
    "http://127.0.0.1.example.com/x",
  ])("not %s", (url) => {
    expect(opaUrl(url)).toEqual(expect.any(String));
  });
});
