// Witnesses in this process: real ones, behind a network that a test can break.

import { openWitness, witnessRoutes, type OpenWitness } from "#audit/io";
import { parsePolicy, sha256, type Policy } from "#verifier";
import { temporaryDirectory } from "./program.ts";

export interface TestWitness extends OpenWitness {
  readonly name: string;
  readonly url: string;
  /** What its server does instead of answering; null: it answers. */
  instead: (() => Response | Promise<Response>) | null;
  /** How often it was asked. */
  asked: number;
}

export interface TestNetwork {
  readonly fetch: typeof fetch;
  witness(name: string, vkeys: readonly string[], directory?: string): TestWitness;
  policy(text: string): Policy;
}

export function testNetwork(clock: () => number): TestNetwork {
  const witnesses = new Map<
    string,
    { readonly witness: TestWitness; readonly ask: (request: Request) => Promise<Response> }
  >();
  return {
    async fetch(input, init) {
      const request = new Request(input, init);
      const found = witnesses.get(new URL(request.url).host);
      if (found === undefined) throw new TypeError("fetch failed");
      found.witness.asked += 1;
      return found.witness.instead === null ? found.ask(request) : found.witness.instead();
    },
    witness(name, vkeys, directory = temporaryDirectory()) {
      const opened = openWitness({ directory, name: `${name}.example`, logs: vkeys }, clock);
      const routes = witnessRoutes(opened.keeper, opened.origins, () => {});
      const witness: TestWitness = { ...opened, name, url: `https://${name}.example`, instead: null, asked: 0 };
      witnesses.set(`${name}.example`, { witness, ask: async (request) => routes.fetch(request) });
      return witness;
    },
    policy(text) {
      const parsed = parsePolicy(sha256, text);
      if (parsed.kind === "malformed") throw new Error(`line ${parsed.line}: ${parsed.why}`);
      return parsed;
    },
  };
}
