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

export const codexRequirements = ({ url }: Place): string =>
  [
    'allowed_approval_policies = ["untrusted", "on-request"]',
    'allowed_sandbox_modes = ["read-only", "workspace-write"]',
    'allowed_web_search_modes = ["disabled"]',
    "allow_managed_hooks_only = true",
    "",
    "[mcp_servers.countersign]",
    `identity = { url = ${text(`${url}/mcp`)} }`,
  ].join("\n");

export const codex = (place: Place): readonly Step[] => [
  {
    title: "/etc/codex/requirements.toml",
    why: "What nobody at that machine can change: no mode without sandbox, none in which nobody is asked, no other MCP server. The sandbox has no network, so that what changes something outside comes through Countersign.",
    text: codexRequirements(place),
  },
  {
    title: "~/.codex/config.toml",
    why: "Countersign's tools. Codex does not start without them (`required`), and leaves the decision about each to Countersign.",
    text: codexConfig(place),
  },
];
