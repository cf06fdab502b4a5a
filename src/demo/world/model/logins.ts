/** What the login endpoints remember. */
export interface Logins {
  readonly clientSecret: string;
  /** The App's callback addresses. */
  readonly callbacks: Set<string>;
  readonly codes: Map<
    string,
    { readonly account: number; readonly challenge: string; readonly redirect: string; readonly at: number }
  >;
  /** User tokens that live: none, while nobody signs in. */
  readonly tokens: Map<string, number>;
}

export const makeLogins = (clientSecret: string): Logins => ({
  clientSecret,
  callbacks: new Set(),
  codes: new Map(),
  tokens: new Map(),
});
