import { KEY_VARIABLE, type Place, type Step } from "./place.ts";

const text = (value: string): string => JSON.stringify(value);

/** Keys as Codex 0.169 reads them (https://developers.openai.com/codex/enterprise/managed-configuration, /mcp). */
export const codexConfig = ({ url, repository }: Place): string =>
  [
    "[mcp_servers.countersign]",
    `url = ${text(`${url}/mcp`)}`,
    `bearer_token_env_var = ${text(KEY_VARIABLE)}`,
    "required = true",
    "tool_timeout_sec = 60",
    // Countersign decides about each: `codex exec` would otherwise refuse whatever changes something, having nobody to ask.
    'default_tools_approval_mode = "approve"',
    ...(repository === null ? [] : [`http_headers = { "Countersign-Repository" = ${text(repository)} }`]),
  ].join("\n");

/**
 * INVARIANT: of the profiles none has the network, and only a person lets a command out. Without the list of profiles, `network_access = true` in
 * the person's own file opens the sandbox; without that of reviewers, `--approve-for-me` has a model answer.
 */
export const codexRequirements = ({ url }: Place): string =>
  [
    'allowed_approval_policies = ["untrusted", "on-request"]',
    'allowed_approvals_reviewers = ["user"]',
    'allowed_sandbox_modes = ["read-only", "workspace-write"]',
    'allowed_web_search_modes = ["disabled"]',
    "allow_managed_hooks_only = true",
    'default_permissions = ":workspace"',
    "",
    "[allowed_permission_profiles]",
    '":read-only" = true',
    '":workspace" = true',
    "",
    "[mcp_servers.countersign]",
    `identity = { url = ${text(`${url}/mcp`)} }`,
  ].join("\n");

export const codex = (place: Place): readonly Step[] => [
  {
    title: "/etc/codex/requirements.toml",
    why: "What no settings of theirs change: no mode without sandbox, none in which nobody is asked or a model answers, no other MCP server, and no profile that gives the agent's sandbox the network, so that what changes something outside comes through Countersign. What a person there does themselves is theirs: `codex sandbox -P PROFILE` runs a command of theirs by any profile, and whoever lets one command of the agent's out of the sandbox has let it out.",
    text: codexRequirements(place),
  },
  {
    title: "~/.codex/config.toml",
    why: "Countersign's tools. Codex does not start without them (`required`), and leaves the decision about each to Countersign.",
    text: codexConfig(place),
  },
];
