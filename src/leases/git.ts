// What git is told for one operation, and nothing of it in any file of the repository.

/** One lease, as git uses it. */
export interface GitLease {
  /** The proxy, as `http://127.0.0.1:port`. */
  readonly proxy: string;
  readonly handle: string;
  /** Where the repositories are called to be, as `https://github.com`. */
  readonly host: string;
}

/** What git's credential protocol answers. The handle, which is worth nothing elsewhere; never the token, which is not here. */
export const credentialText = ({ handle }: GitLease): string => `username=lease\npassword=${handle}\n`;

/**
 * Before the subcommand. `helper`: a shell command that prints what `credentialText` says. INVARIANT: git speaks to the proxy and to
 * nobody else: neither a submodule's URL nor a redirect leads elsewhere, and no hook and no helper of the repository's runs.
 */
export function gitArguments({ proxy, host }: GitLease, helper: string): readonly string[] {
  const { hostname } = new URL(host);
  const settings: readonly (readonly [string, string])[] = [
    // Empty: forget the helpers of other configuration files.
    ["credential.helper", ""],
    [`credential.${proxy}.helper`, helper],
    ...[`${host}/`, `git@${hostname}:`, `ssh://git@${hostname}/`].map(
      (theirs) => [`url.${proxy}/git/.insteadOf`, theirs] as const,
    ),
    ["http.followRedirects", "false"],
    ["http.proxy", ""],
    ["http.extraHeader", ""],
    ["protocol.allow", "never"],
    ["protocol.http.allow", "always"],
    ["core.hooksPath", "/dev/null"],
    ["core.fsmonitor", "false"],
    ["core.symlinks", "false"],
  ];
  return settings.flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** All that git and its children see. `home`: a folder of this operation's own. */
export const gitEnvironment = (home: string): Readonly<Record<string, string>> => ({
  HOME: home,
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
});

/** As one word of /bin/sh. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
