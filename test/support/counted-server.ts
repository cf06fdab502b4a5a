import { once } from "node:events";
import { createServer } from "node:net";

/** A server of this machine that writes down who reaches it, and says nothing. */
export async function countedServer() {
  const hits: unknown[] = [];
  const server = createServer((socket) => {
    hits.push(1);
    socket.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = server.address();
  if (at === null || typeof at === "string") throw new Error("no port");
  return { port: at.port, hits, close: () => server.close() };
}
