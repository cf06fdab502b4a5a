import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { FaultCode } from "#kernel";

/** What a caller may learn when something is refused: a code that docs/errors.md explains, and an id to quote. */
export type ProblemCode =
  | FaultCode
  | "not_found"
  | "method_not_allowed"
  | "payload_too_large"
  | "ticket_refused"
  | "receiver_refused"
  | "receiver_unreachable"
  | "receivers_full"
  | "unauthorized"
  | "forbidden"
  | "too_many_requests"
  | "not_covered_yet"
  | "rotated_already"
  | "stopped"
  | "internal";

export interface Problem {
  readonly status: ContentfulStatusCode;
  readonly code: ProblemCode;
  /** A constant sentence of ours. Never a value, a path, SQL or a stack: the reader may be an attacker (D19). */
  readonly title: string;
  /** What is wrong with the request, which may quote it. INVARIANT: on no page; only to whoever said who they are. */
  readonly detail?: string;
}

/** RFC 9457; whoever came with a browser reads a page. */
export function problem(c: Context, { status, code, title, detail }: Problem): Response {
  const requestId: unknown = c.get("requestId");
  if (c.req.method === "GET" && (c.req.header("accept") ?? "").includes("text/html"))
    return c.body(pageOf(title, typeof requestId === "string" ? requestId : null), status, {
      "content-type": "text/html; charset=UTF-8",
      "cache-control": "no-store",
      vary: "Accept",
    });
  const instance = typeof requestId === "string" ? { instance: `urn:uuid:${requestId}` } : {};
  const body = { type: `urn:countersign:error:${code}`, title, status, detail, ...instance };
  return c.body(JSON.stringify(body), status, {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
  });
}

/** A title may quote a limit or a name of ours; nothing in it is markup. */
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const pageOf = (title: string, requestId: string | null): string =>
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} · Countersign</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/base.css">
<link rel="stylesheet" href="/console/console.css">
</head>
<body>
<header class="top"><a class="brand" href="/">Countersign</a></header>
<main id="main">
<h1>${escaped(title)}</h1>
<p><a href="/">To the start</a></p>
${requestId === null ? "" : `<p class="quiet">To ask about it, quote <code>${requestId}</code>.</p>`}
</main>
</body>
</html>`;

const titles: Readonly<Record<FaultCode, Omit<Problem, "code">>> = {
  config_invalid: { status: 500, title: "The server is not configured for this." },
  database_unavailable: { status: 503, title: "The database cannot be reached now. Try again later." },
  database_refused: { status: 500, title: "The request could not be stored." },
  schema_mismatch: { status: 503, title: "The database and the program are of different versions." },
  keys_unavailable: { status: 503, title: "The keys cannot be reached now. Try again later." },
  mail_unavailable: { status: 503, title: "The mailbox cannot be read now. It is asked again by itself." },
  slack_unavailable: { status: 503, title: "The workspace cannot be read now. It is asked again by itself." },
  issuer_unavailable: { status: 503, title: "The issuer of access tokens cannot be reached now. Try again later." },
  tickets_unowned: { status: 409, title: "This client has nobody who could own a ticket. Add a person first." },
  log_unavailable: { status: 503, title: "The audit log takes no entries now. Try again later." },
  github_unavailable: { status: 503, title: "GitHub cannot be reached now. Try again later." },
  github_refused: { status: 502, title: "GitHub refused." },
  github_rate_limited: { status: 503, title: "GitHub asks to wait. Try again later." },
  github_scope_mismatch: { status: 502, title: "GitHub gave other rights than were asked for." },
  broker_unavailable: { status: 503, title: "The log cannot be signed now. Try again later." },
  log_diverged: { status: 503, title: "The audit log in the database is not the one that was signed" },
  anchor_unavailable: { status: 503, title: "A copy of the log cannot be left now. It is tried again." },
  // Unknown and inactive look the same, so that nobody can find out who is a client.
  tenant_unknown: { status: 404, title: "There is nothing here." },
  tenant_inactive: { status: 404, title: "There is nothing here." },
  input_invalid: { status: 400, title: "The request is not of the form that is expected here." },
  invariant_broken: { status: 500, title: "Something went wrong here. It is logged." },
};

export function problemOfFault(c: Context, code: FaultCode): Response {
  return problem(c, { code, ...titles[code] });
}
