import { KEY_VARIABLE, pretty, REPOSITORY_VARIABLE, type Place, type Step } from "./place.ts";

const NO =
  '{"permissionDecision":"deny","permissionDecisionReason":"Countersign cannot be asked now, so the answer is no."}';

/** A command and not an HTTP hook: only a command can say no when nobody answers. */
export const copilotCommand = ({ url, repository }: Place): string =>
  [
    "curl --silent --show-error --fail --max-time 25 --header 'Content-Type: application/json'",
    `--header "Authorization: Bearer $${KEY_VARIABLE}"`,
    `--header "Countersign-Repository: ${repository ?? `$${REPOSITORY_VARIABLE}`}"`,
    `--data-binary @- '${url}/v1/hooks/copilot/pre-tool-use' || echo '${NO}'`,
  ].join(" ");

/** https://docs.github.com/en/copilot/reference/hooks-configuration */
export const copilotHooks = (place: Place): Record<string, unknown> => ({
  version: 1,
  hooks: { preToolUse: [{ type: "command", bash: copilotCommand(place), timeoutSec: 30 }] },
});

const servers = ({ url }: Place): Record<string, unknown> => ({
  mcpServers: {
    countersign: {
      type: "http",
      url: `${url}/mcp`,
      headers: { Authorization: `Bearer $COPILOT_MCP_${KEY_VARIABLE}` },
      tools: ["*"],
    },
  },
});

export const copilot = (place: Place): readonly Step[] => [
  {
    title: ".github/hooks/countersign.json, on the default branch",
    why: "Copilot's cloud agent and its CLI ask before each tool. Whoever can push to that branch can change it: have the merge gate ask for a second look at .github/ (docs/gate.md).",
    text: pretty(copilotHooks(place)),
  },
  {
    title: "The repository's settings, Copilot, cloud agent, MCP configuration",
    why: `Countersign's tools. The key is the secret COPILOT_MCP_${KEY_VARIABLE} of the environment "copilot"; the firewall there has to let ${new URL(place.url).hostname} through.`,
    text: pretty(servers(place)),
  },
];
