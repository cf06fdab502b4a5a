import { KEY_VARIABLE, pretty, REPOSITORY_VARIABLE, type Place, type Step } from "./place.ts";

/**
 * Field names as Claude Code 2.1.329 reads them (https://code.claude.com/docs/en/settings, /hooks, /managed-mcp).
 * INVARIANT: `onFailure: "block"`: without it a hook that does not answer is a yes. Only managed hooks, rules and servers count, and the
 * mode that asks nobody is off: what a repository or a user writes into settings of their own takes nothing of this away.
 */
export function claudeCodeSettings({ url, repository }: Place): Record<string, unknown> {
  const hook = {
    type: "http",
    url: `${url}/v1/hooks/claude-code/pre-tool-use`,
    timeout: 30,
    onFailure: "block",
    headers: {
      Authorization: `Bearer $${KEY_VARIABLE}`,
      "Countersign-Repository": repository ?? `$${REPOSITORY_VARIABLE}`,
      // Where it was started: the project, wherever below it the agent changes to.
      "Countersign-Directory": "$PWD",
    },
    allowedEnvVars: [KEY_VARIABLE, "PWD", ...(repository === null ? [REPOSITORY_VARIABLE] : [])],
  };
  return {
    hooks: { PreToolUse: [{ matcher: "*", hooks: [hook] }] },
    allowManagedHooksOnly: true,
    allowManagedPermissionRulesOnly: true,
    allowManagedMcpServersOnly: true,
    allowedMcpServers: [{ serverUrl: `${url}/mcp` }],
    allowedHttpHookUrls: [`${url}/*`],
    httpHookAllowedEnvVars: [KEY_VARIABLE, REPOSITORY_VARIABLE, "PWD"],
    disableAutoMode: "disable",
    permissions: { disableBypassPermissionsMode: "disable" },
  };
}

export const claudeCodeServers = ({ url, repository }: Place): Record<string, unknown> => ({
  mcpServers: {
    countersign: {
      type: "http",
      url: `${url}/mcp`,
      headers: {
        Authorization: `Bearer \${${KEY_VARIABLE}}`,
        "Countersign-Repository": repository ?? `\${${REPOSITORY_VARIABLE}:-}`,
        // Hooks say in which folder a tool would run, permission.prompt does not: the shell that started Claude Code does.
        "Countersign-Directory": "${PWD:-}",
      },
    },
  },
});

export const claudeCode = (place: Place): readonly Step[] => [
  {
    title:
      "/etc/claude-code/managed-settings.json (macOS: /Library/Application Support/ClaudeCode/managed-settings.json)",
    why: "Every tool of Claude Code's own is asked about here first, and what cannot be asked does not run. Needs Claude Code 2.1.295 or later.",
    text: pretty(claudeCodeSettings(place)),
  },
  {
    title: "managed-mcp.json, in the same folder",
    why: "Countersign's tools, and no other server's.",
    text: pretty(claudeCodeServers(place)),
  },
  {
    title: "Without a terminal (claude -p)",
    why: "What Claude Code would ask a person at the terminal is asked here, and answered at once.",
    text: 'claude -p --permission-prompt-tool mcp__countersign__permission_prompt "..."',
  },
];
