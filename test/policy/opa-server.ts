// A double of Open Policy Agent's data API (POST /v1/data/<path> with {"input": ...}), for a bundle that says what policies/default says.
// There is no Rego engine to run it: the bundle's rules are written out below.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const input = z.strictObject({
  principal: z.strictObject({ type: z.literal("Countersign::Agent"), id: z.string() }),
  action: z.strictObject({ type: z.literal("Countersign::Action"), id: z.string() }),
  resource: z.strictObject({ type: z.literal("Countersign::Repository"), id: z.string() }),
  context: z.looseObject({
    branch: z.string(),
    shell: z.array(z.string()),
    paths: z.int(),
    lines: z.int(),
    batch: z.strictObject({ updates: z.int(), cents: z.int() }),
    window: z.strictObject({ updates: z.int(), cents: z.int() }),
    scores: z.strictObject({ injection: z.int(), pii: z.int(), secrets: z.int() }),
    argsHash: z.string(),
    approval: z.strictObject({ argsHash: z.string(), approver: z.string() }).optional(),
  }),
});

const READS = [
  "repo.read",
  "repo.search",
  "repo.diff",
  "checks.read",
  "logs.read",
  "traces.read",
  "sql.select",
  "ticket.read",
];
const COMMENTS = ["pr.comment", "ticket.ask", "ticket.update"];
const ONE: Readonly<Record<string, string>> = {
  "repo.propose": "propose",
  "shell.test": "test",
  "pr.merge": "merge",
  "email.notify": "notify",
};

function decision(given: z.infer<typeof input>): unknown {
  const { action, context: c } = given;
  const write = !READS.includes(action.id);
  const one = c.shell.includes("native") && action.id === "shell.test" ? "native" : ONE[action.id];
  const permit = READS.includes(action.id) ? "read" : COMMENTS.includes(action.id) ? "comment" : one;
  const permitted = permit !== undefined && (permit !== "propose" || c.branch === "topic");
  const approved = c.approval?.argsHash === c.argsHash;
  const native = (word: string): boolean => action.id === "shell.test" && c.shell.includes(`native.${word}`);
  const never = ["network", "production"].filter(native);
  const cautions: readonly (readonly [boolean, string])[] = [
    [c.batch.updates > 50 || c.window.updates > 50, "many_updates"],
    [c.batch.cents > 1_000_000 || c.window.cents > 1_000_000, "much_money"],
    [action.id === "repo.propose" && (c.paths > 60 || c.lines > 2000), "big_change"],
    [write && c.shell.includes("code"), "inline_code"],
    [write && c.shell.includes("unread"), "unread"],
    [write && c.scores.pii >= 50, "personal_data"],
    ...["fetch", "install", "code", "unknown", "unplaced", "writes"].map(
      (word) => [native(word), `native_${word}`] as const,
    ),
  ];
  const said = (name: string) => ({ id: `default.${name}`, version: "1" });
  const asked = approved ? [] : cautions.flatMap(([hit, name]) => (hit ? [said(name)] : []));
  const refused = never.map((word) => said(`native_${word}`));
  if (refused.length > 0) return { verdict: "RED", reasons: [...refused, ...asked], errors: [] };
  if (asked.length > 0) return { verdict: "YELLOW", reasons: asked, errors: [] };
  return permitted
    ? { verdict: "GREEN", reasons: [said(permit)], errors: [] }
    : { verdict: "RED", reasons: [{ id: "never.unpermitted", version: "1" }], errors: [] };
}

export type Answering =
  | { readonly kind: "decides" }
  | { readonly kind: "answers"; readonly status: number; readonly body: string }
  | { readonly kind: "hangs" }
  | { readonly kind: "hangs up" }
  | { readonly kind: "redirects"; readonly to: string };

export interface OpaServer {
  readonly url: URL;
  answering: Answering;
  close(): Promise<void>;
}

export async function opaServer(): Promise<OpaServer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const how = given.answering;
      switch (how.kind) {
        case "hangs":
          return;
        case "hangs up":
          request.socket.destroy();
          return;
        case "redirects":
          response.writeHead(307, { location: how.to }).end();
          return;
        case "answers":
          response.writeHead(how.status, { "content-type": "application/json" }).end(how.body);
          return;
        case "decides": {
          const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
          const read = z.strictObject({ input }).safeParse(body);
          const wanted = request.method === "POST" && request.url?.startsWith("/v1/data/countersign/decision");
          response.writeHead(read.success && wanted === true ? 200 : 400, { "content-type": "application/json" });
          const provenance = { version: "1.0.0", bundles: { countersign: { revision: "r1" } } };
          response.end(
            JSON.stringify(
              read.success
                ? { result: decision(read.data.input), provenance }
                : { code: "invalid_parameter", message: read.error.message },
            ),
          );
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("The server has no port.");
  const { port }: AddressInfo = address;
  const given: OpaServer = {
    url: new URL(`http://127.0.0.1:${port}/v1/data/countersign/decision`),
    answering: { kind: "decides" },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return given;
}
