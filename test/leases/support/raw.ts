import { connect } from "node:net";

/** Bytes onto the wire as they are; resolves to all that came back. */
export function sendRaw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
    socket.on("error", reject);
    // A connection that is kept: what has come until now is the answer.
    socket.setTimeout(1_500, () => socket.destroy());
  });
}
