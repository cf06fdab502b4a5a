// Open Policy Agent, or what speaks its data API, over HTTP: POST with {"input": ...}, the answer in "result".

import { parseFacts } from "../facts.ts";
import { LIMITS } from "../limits.ts";
import { UNKNOWN_SET, verdictOfOpa } from "../opa.ts";
import { questionOf } from "../request.ts";
import { failed, type Engine, type Verdict } from "../verdict.ts";

export interface OpaOptions {
  /** The document of the decision: https://opa.example.com/v1/data/countersign/decision */
  readonly url: URL;
  readonly timeoutMs: number;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Where it may be, or what is wrong. INVARIANT: whoever could change the answer on its way would decide instead. */
export function opaUrl(text: string): URL | string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:"))
    return "The policy server's address is a URL such as https://opa.example.com/v1/data/countersign/decision.";
  if (url.username !== "" || url.password !== "") return "The policy server's URL holds no name and no password.";
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname))
    return "A policy server on another machine is asked over https.";
  return url;
}

/** Answers RED for everything that is not the agreed answer within the time: undefined, refused, late, too long. */
export const opaEngine = ({ url, timeoutMs }: OpaOptions): Engine => ({
  set: UNKNOWN_SET,
  decide: async (document) => {
    const read = parseFacts(document);
    if (read.kind === "unusable") return failed(UNKNOWN_SET, ...read.problems);
    try {
      return await ask(url, timeoutMs, JSON.stringify({ input: questionOf(read.facts) }));
    } catch (error) {
      const late = error instanceof Error && error.name === "TimeoutError";
      return failed(
        UNKNOWN_SET,
        late ? `The policy server did not answer within ${timeoutMs} ms.` : "The policy server could not be asked.",
      );
    }
  },
});

async function ask(url: URL, timeoutMs: number, body: string): Promise<Verdict> {
  const asked = new URL(url);
  asked.searchParams.set("provenance", "true");
  const response = await fetch(asked, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body,
    // A redirect would send the facts, and trust the answer, elsewhere.
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) {
    await response.body?.cancel();
    return failed(UNKNOWN_SET, `The policy server answered ${response.status}.`);
  }
  const text = await limited(response);
  if (text === null)
    return failed(UNKNOWN_SET, `The policy server's answer is longer than ${LIMITS.answer / 1024} KB.`);
  try {
    const json: unknown = JSON.parse(text);
    return verdictOfOpa(json);
  } catch {
    return failed(UNKNOWN_SET, "The policy server's answer is no JSON.");
  }
}

async function limited(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LIMITS.answer) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
