// The MCP project's conformance suite for servers. What is not expected to pass, and why, is in expected-failures.yml.

import { createServer, request as ask } from "node:http";
import { join } from "node:path";
import type { Place } from "./place.ts";
import { installed, run, workFolder } from "./program.ts";
import type { Check } from "./check.ts";

export async function conformance(place: Place): Promise<readonly Check[]> {
  const { key } = await place.agent("conformance");
  // The suite has no way to give a key: this gives it, and nothing else.
  const giving = createServer((incoming, response) => {
    const { port } = new URL(place.url);
    const outgoing = ask(
      {
        host: "127.0.0.1",
        port,
        path: incoming.url,
        method: incoming.method,
        headers: { ...incoming.headers, authorization: `Bearer ${key}` },
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => giving.listen(0, "127.0.0.1", resolve));
  const address = giving.address();
  const port = address === null || typeof address === "string" ? 0 : address.port;
  try {
    const ended = await run(
      [
        process.execPath,
        installed(".bin", "conformance"),
        "server",
        "--url",
        `http://127.0.0.1:${port}/mcp`,
        "--expected-failures",
        join(import.meta.dirname, "expected-failures.yml"),
      ],
      { cwd: workFolder(), env: {}, seconds: 120 },
    );
    const text = ended.out + ended.err;
    return [
      ["every check but the expected failures passes", ended.code === 0, text.slice(text.indexOf("=== SUMMARY"))],
    ];
  } finally {
    giving.close();
  }
}
