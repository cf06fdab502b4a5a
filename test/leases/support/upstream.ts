// GitHub's two hosts as one plain server that keeps what came in and answers what a test says.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";

export interface Arrived {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const portShape = z.object({ port: z.number() });

export async function startUpstream() {
  const arrived: Arrived[] = [];
  const held: { answer: (response: ServerResponse, incoming: IncomingMessage) => void; whole: boolean } = {
    answer: (response) => response.end("{}"),
    whole: true,
  };
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    const seen = { method: incoming.method ?? "", target: incoming.url ?? "", headers: incoming.headers };
    if (!held.whole) {
      arrived.push({ ...seen, body: "" });
      held.answer(response, incoming);
      return;
    }
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      arrived.push({ ...seen, body: Buffer.concat(chunks).toString("utf8") });
      held.answer(response, incoming);
    });
    incoming.on("error", () => {});
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = portShape.parse(server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    arrived,
    held,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
