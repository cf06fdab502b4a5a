import { Fault } from "#kernel";

export interface Endpoints {
  /** Without a trailing slash. */
  readonly rest: string;
  readonly graphql: string;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** github.com: https://api.github.com. GitHub Enterprise Server: https://HOST/api/v3, whose GraphQL is https://HOST/api/graphql. */
export function endpoints(baseUrl: string): Endpoints {
  if (!URL.canParse(baseUrl))
    throw new Fault(
      "config_invalid",
      "The GitHub API address is not a URL: give https://api.github.com, or https://HOST/api/v3 for GitHub Enterprise Server.",
    );
  const url = new URL(baseUrl);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && LOOPBACK.test(url.hostname))) {
    throw new Fault(
      "config_invalid",
      "The GitHub API address must begin with https:// (plain http would send tokens readable to everybody on the way).",
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new Fault(
      "config_invalid",
      "The GitHub API address must be a host and a path only, without user, password, query or fragment.",
    );
  }
  const rest = `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  const graphql = rest.endsWith("/api/v3") ? rest.replace(/\/v3$/, "/graphql") : `${rest}/graphql`;
  return { rest, graphql };
}
