/** Where GitHub is, without a trailing slash. */
export interface EgressHosts {
  /** `https://api.github.com`, or `https://HOST/api/v3`. */
  readonly api: string;
  /** `https://github.com`, or `https://HOST`. */
  readonly git: string;
}

/** `apiUrl`: as in GITHUB_API_URL, checked before. github.com and ghe.com have a host for the API, an Enterprise Server a path. */
export function egressHosts(apiUrl: string): EgressHosts {
  const url = new URL(apiUrl);
  const api = `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  const own = /^api\.(?:github\.com|[a-z0-9-]+\.ghe\.com)$/.test(url.hostname);
  return { api, git: own ? `${url.protocol}//${url.host.slice("api.".length)}` : url.origin };
}
