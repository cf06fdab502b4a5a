import type { ServerResponse } from "node:http";

/** Constant sentences: whoever reads them may be an attacker. */
const ANSWERS = {
  dead: [401, "unauthorized", "There is no lease for this handle, or it is over. Ask for a new one."],
  target: [403, "forbidden", "The path is not of the form that is let through. Write it plainly, with nothing to resolve or to decode."],
  method: [403, "forbidden", "This method is not let through there."],
  repository: [403, "forbidden", "The lease is not for this repository."],
  permission: [403, "forbidden", "The lease has no permission for this."],
  endpoint: [403, "forbidden", "This part of GitHub is not reached through a lease."],
  kind: [403, "forbidden", "A lease of this kind is not used through the proxy."],
  host: [421, "forbidden", "This address is not the proxy's."],
  framing: [403, "forbidden", "A request of this method has no body, or says its length."],
  push: [403, "forbidden", "A push with a lease makes branches and tags and moves branches. It removes nothing, moves no tag, and says so uncompressed and unsigned."],
  busy: [429, "too_many_requests", "Too many requests of this lease are under way. Wait for one of them."],
  large: [413, "payload_too_large", "The request is larger than what is let through."],
  elsewhere: [502, "github_refused", "GitHub sends to another host, and nothing of a lease goes there. Ask for it in another way."],
  stored: [502, "github_unavailable", "What GitHub keeps at another host could not be read there: its address is over, or is none on the public internet."],
  lost: [502, "github_unavailable", "GitHub cannot be reached now. Try again later."],
} as const satisfies Readonly<Record<string, readonly [number, string, string]>>; // prettier-ignore
export type Problem = keyof typeof ANSWERS;

/** RFC 9457. Ends the connection: what is left of a request that was refused is not read. */
export function answerProblem(response: ServerResponse, what: Problem): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const [status, code, title] = ANSWERS[what];
  const body = JSON.stringify({ type: `urn:countersign:error:${code}`, title, status });
  response.writeHead(status, {
    "content-type": "application/problem+json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    connection: "close",
    // git asks its credential helper only then.
    ...(status === 401 ? { "www-authenticate": 'Basic realm="countersign lease"' } : {}),
  });
  response.end(body);
}
