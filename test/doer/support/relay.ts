// A line to a server that breaks when it is told to: the request goes through, and the socket is dropped in place of its answer.

import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { afterAll } from "vitest";

export interface Relay {
  readonly url: string;
  /** The next request of this kind is taken, and its answer lost. */
  drop(method: string, path: RegExp): void;
}

/** `to`: asked for with each request. Ends with the file. */
export async function relayTo(to: () => string): Promise<Relay> {
  const drops: { readonly method: string; readonly path: RegExp }[] = [];

  function pass(incoming: IncomingMessage, response: ServerResponse): void {
    const { method = "", url: path = "", headers } = incoming;
    const { host, hostname, port } = new URL(to());
    const at = drops.findIndex((each) => each.method === method && each.path.test(path));
    if (at !== -1) drops.splice(at, 1);
    const upstream = request({ hostname, port, method, path, headers: { ...headers, host } }, (answer) => {
      if (at !== -1) answer.resume().once("end", () => incoming.socket.destroy());
      else answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers));
    });
    upstream.once("error", () => incoming.socket.destroy());
    incoming.pipe(upstream);
  }

  const server = createServer(pass);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", () => listening()));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    drop: (method, path) => void drops.push({ method, path }),
  };
}
