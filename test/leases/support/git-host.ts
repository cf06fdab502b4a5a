// A git host over smart HTTP: git's own http-backend behind a server that knows one token.

import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";

const portShape = z.object({ port: z.number() });

/** `held.before`: awaited before git is asked, with what was asked for. */
export async function startGitHost(root: string, token: () => string) {
  const seen: string[] = [];
  const held: { before: (target: string) => Promise<void> } = { before: async () => {} };

  function backend(incoming: IncomingMessage, response: ServerResponse): void {
    const [path = "", query = ""] = (incoming.url ?? "").split("?");
    const env = {
      PATH: process.env["PATH"] ?? "",
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      REQUEST_METHOD: incoming.method ?? "",
      PATH_INFO: path,
      QUERY_STRING: query,
      CONTENT_TYPE: incoming.headers["content-type"] ?? "",
      CONTENT_LENGTH: incoming.headers["content-length"] ?? "",
      HTTP_CONTENT_ENCODING: incoming.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: [incoming.headers["git-protocol"]].flat()[0] ?? "",
      REMOTE_USER: "app",
    };
    const child = spawn("git", ["http-backend"], { env, stdio: ["pipe", "pipe", "inherit"] });
    incoming.pipe(child.stdin);
    child.stdin.on("error", () => {});
    let head = Buffer.alloc(0);
    let begun = false;
    child.stdout.on("data", (chunk: Buffer) => {
      if (begun) return void response.write(chunk);
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      begun = true;
      const lines = head.subarray(0, end).toString("latin1").split("\r\n");
      const fields = lines.map((line) => /^([^:]+): (.*)$/.exec(line)?.slice(1) ?? ["", ""]);
      const status = Number.parseInt(fields.find(([name]) => name === "Status")?.[1] ?? "200", 10);
      response.writeHead(status, Object.fromEntries(fields.filter(([name]) => name !== "Status")));
      response.write(head.subarray(end + 4));
    });
    child.stdout.on("end", () => response.end());
  }

  const server = createServer((incoming, response) => {
    const expected = `Basic ${Buffer.from(`x-access-token:${token()}`).toString("base64")}`;
    seen.push(`${incoming.method} ${incoming.url}`);
    if (incoming.headers.authorization !== expected) return void response.writeHead(401).end();
    void held.before(incoming.url ?? "").then(() => backend(incoming, response));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${portShape.parse(server.address()).port}`,
    seen,
    held,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
