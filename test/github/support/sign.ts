import { createHmac } from "node:crypto";

export const SECRET = "correct horse battery staple 7f3a9c";
export const FORMER_SECRET = "a former secret, not used any more 41";

export const signature = (body: string | Uint8Array, secret: string = SECRET): string =>
  `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

export interface Sent {
  readonly guid?: string;
  readonly event?: string;
  readonly body: string | Uint8Array;
  readonly signature?: string | null;
}

export function delivery({
  guid = crypto.randomUUID(),
  event = "pull_request",
  body,
  signature: given,
}: Sent): Request {
  const headers = new Headers({
    "content-type": "application/json",
    "x-github-delivery": guid,
    "x-github-event": event,
  });
  const signed = given === undefined ? signature(body) : given;
  if (signed !== null) headers.set("x-hub-signature-256", signed);
  return new Request("http://countersign.test/api/github/webhooks", {
    method: "POST",
    headers,
    body: typeof body === "string" ? body : Buffer.from(body),
  });
}
