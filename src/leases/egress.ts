// What the proxy lets through for one lease: a pure table, closed by default. Judged are the bytes of the request line, and those
// very bytes are sent on: nothing is decoded, resolved or tidied between the two.

import { ROUTES } from "./routes.ts";
import type { LeaseRequest, LeaseScope, Minted } from "./types.ts";

/** What a lease reaches at GitHub. */
export interface Reach {
  readonly permissions: Readonly<Record<string, "read" | "write">>;
  readonly repositories: readonly { readonly id: number; readonly name: string }[];
}

export type Ruling =
  /** `target`: below the host's own base, byte for byte as it was asked for. `stored`: of the API, and what it answers lies at another host. */
  | { readonly kind: "forward"; readonly to: "api" | "git" | "stored"; readonly target: string }
  | { readonly kind: "refused"; readonly why: Why };

export type Why = "target" | "method" | "repository" | "permission" | "endpoint";

const refused = (why: Why): Ruling => ({ kind: "refused", why });

const LONGEST = 4096;
/** One part of a path: what RFC 3986 lets stand there, escapes apart, and no backslash. */
const PART = /^(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-F]{2})+$/;
const QUERY = /^(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*$/;
/** `.`, `/`, `\`, `%` and control characters: what a server that decodes once more would take for something else. */
const HIDDEN = /%(?:2E|2F|5C|25|7F|[01][0-9A-F])/i;
/** What a server that cuts at a `;` takes for `.` or `..`. */
const UPWARDS = /^\.{1,2}(?:;|%3B|$)/;
/** These would be another credential, or another method than the one judged. */
const QUERY_TRICKS = /^[[\]+\s]*(?:_method|access_token|client_id|client_secret)(?:[[\]]|$)/i;
const SERVICES: Readonly<Record<string, "read" | "write">> = { "git-upload-pack": "read", "git-receive-pack": "write" };

/** null: the lease's kind is not used through the proxy, or its token does not say which repositories it is for. */
export function reachOf(request: LeaseRequest, minted: Minted): Reach | null {
  const scope: LeaseScope = request.scope;
  if (scope.kind !== "github" || minted.repositories === undefined) return null;
  // INVARIANT: what is reached was asked for by id, whatever the answer named besides.
  const repositories = minted.repositories.filter(({ id }) => scope.repositories.includes(id));
  // GitHub gives it with every token.
  return { permissions: { metadata: "read", ...scope.permissions }, repositories };
}

/** `target`: of the request line, such as `/api/repos/acme/shop/pulls?state=open` or `/git/acme/shop.git/info/refs?service=...`. */
export function rule(reach: Reach, method: string, target: string): Ruling {
  // Not the origin form: an absolute URI, an authority (CONNECT), `*`.
  if (!target.startsWith("/") || target.length > LONGEST) return refused("target");
  const cut = target.indexOf("?");
  const path = cut === -1 ? target : target.slice(0, cut);
  const query = cut === -1 ? null : target.slice(cut + 1);
  const [door = "", ...parts] = path.slice(1).split("/");
  if (!parts.every((part) => PART.test(part) && !UPWARDS.test(part) && !HIDDEN.test(part)) || !isUtf8(path))
    return refused("target");
  if (query !== null && (!QUERY.test(query) || hasTricks(query) || /%(?:00|0A|0D|7F)/i.test(query)))
    return refused("target");
  const below = { target: target.slice(1 + door.length), parts, query };
  switch (door) {
    case "api":
      return ruleApi(reach, method === "HEAD" ? "GET" : method, below);
    case "git":
      return ruleGit(reach, method, below);
    default:
      return refused("endpoint");
  }
}

/** Overlong escapes are a dot or a slash to a careless server. */
function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Names as a server reads them, which decodes; some part them with `;` as well. */
const hasTricks = (query: string): boolean =>
  query.split(/[&;]/).some((pair) => {
    const name = pair.split("=", 1)[0] ?? "";
    return QUERY_TRICKS.test(
      name.replaceAll(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    );
  });

interface Below {
  readonly target: string;
  readonly parts: readonly string[];
  readonly query: string | null;
}

function ruleApi(reach: Reach, method: string, { target, parts }: Below): Ruling {
  const [first = "", second = "", third = ""] = parts;
  const whole = parts.join("/");
  if (whole === "rate_limit" || whole === "installation/repositories")
    return method === "GET" ? { kind: "forward", to: "api", target } : refused("method");
  const named = first === "repos" && parts.length >= 3;
  if (!named && !(first === "repositories" && parts.length >= 2)) return refused("endpoint");
  const known = named
    ? reaches(reach, `${second}/${third}`)
    : reach.repositories.some(({ id }) => String(id) === second);
  if (!known) return refused("repository");
  const path = parts.slice(named ? 3 : 2).join("/");
  // `compare/main...somebody:main` reads another repository of the same network.
  if (path.startsWith("compare/") && /:|%3A/.test(path)) return refused("repository");
  const routes = ROUTES.filter(({ matches }) => matches(path));
  if (routes.length === 0) return refused("endpoint");
  const route = routes.filter((one) => one.method === method);
  if (route.length === 0) return refused("method");
  const granted = route.find(({ permissions, level }) => permissions.some((name) => grants(reach, name, level)));
  if (granted === undefined) return refused("permission");
  return { kind: "forward", to: granted.stored ? "stored" : "api", target };
}

/** The smart protocol only: the refs of one service, and that service. */
function ruleGit(reach: Reach, method: string, { target, parts, query }: Below): Ruling {
  const [owner = "", repository = "", ...rest] = parts;
  if (!reaches(reach, `${owner}/${repository.replace(/\.git$/, "")}`)) return refused("repository");
  const last = rest.join("/");
  const advertised = last === "info/refs" ? /^service=([a-z-]+)$/.exec(query ?? "")?.[1] : undefined;
  const service = advertised ?? (query === null ? last : "");
  const level = Object.hasOwn(SERVICES, service) ? SERVICES[service] : undefined;
  if (level === undefined) return refused("endpoint");
  if (method !== (advertised === undefined ? "POST" : "GET")) return refused("method");
  return grants(reach, "contents", level) ? { kind: "forward", to: "git", target } : refused("permission");
}

/** GitHub's names know no case. */
const reaches = (reach: Reach, name: string): boolean =>
  reach.repositories.some((one) => one.name.toLowerCase() === name.toLowerCase());

function grants({ permissions }: Reach, name: string, level: "read" | "write"): boolean {
  const given = Object.hasOwn(permissions, name) ? permissions[name] : undefined;
  return given === "write" || given === level;
}
