import { fileURLToPath } from "node:url";
import { KEY_VARIABLE, pretty, type Place, type Step } from "./place.ts";

/** Of this clone: on another machine it is that one's own. */
const PROGRAM = fileURLToPath(new URL("../../../bin/countersign", import.meta.url));

export const generic = ({ url, repository }: Place): readonly Step[] => [
  {
    title: "An MCP client that speaks HTTP",
    why: "Versions 2025-06-18, 2025-11-25 and 2026-07-28.",
    text: pretty({
      mcpServers: {
        countersign: {
          type: "http",
          url: `${url}/mcp`,
          headers: {
            Authorization: `Bearer \${${KEY_VARIABLE}}`,
            ...(repository === null ? {} : { "Countersign-Repository": repository }),
          },
        },
      },
    }),
  },
  {
    title: "An MCP client that starts programs",
    why: "The same over standard input and output. `command` is this clone's; on another machine it is bin/countersign of the clone there. The key is in a file that this user alone can read.",
    text: pretty({
      mcpServers: {
        countersign: {
          command: PROGRAM,
          args: [
            "mcp",
            "--url",
            url,
            "--key-file",
            "/path/to/agent.key",
            ...(repository === null ? [] : ["--repository", repository]),
          ],
        },
      },
    }),
  },
  {
    title: "Everything else: plain HTTP",
    why: `The whole description: ${url}/v1/openapi.json`,
    text: `curl --fail-with-body '${url}/v1/calls' \\
  --header "Authorization: Bearer $${KEY_VARIABLE}" --header 'Content-Type: application/json' --header 'Idempotency-Key: one' \\
  --data '{"tool": "repo.read", "arguments": {"repository": "${repository ?? "owner/name"}", "paths": ["README.md"]}}'`,
  },
];
