// The MCP project's own client, in each version of the specification that programs speak.

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { FILES, PUSH } from "./calls.ts";
import type { Check } from "./check.ts";
import type { Place } from "./place.ts";

const VERSIONS = ["2025-06-18", "2025-11-25", "2026-07-28"];

export async function sdk(place: Place): Promise<readonly Check[]> {
  const { key } = await place.agent("sdk");
  const checks: Check[] = [];
  for (const version of VERSIONS) {
    const client = new Client(
      { name: "countersign-agents", version: "1" },
      version >= "2026" ? { versionNegotiation: { mode: { pin: version } } } : { supportedProtocolVersions: [version] },
    );
    const headers = { authorization: `Bearer ${key}` };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${place.url}/mcp`), { requestInit: { headers } }));
    try {
      const { tools } = await client.listTools();
      const read = await client.callTool({ name: "repo.read", arguments: FILES });
      const refused = await client.callTool({ name: "shell.test", arguments: PUSH });
      const [shown, why] = [JSON.stringify(read.structuredContent), JSON.stringify(refused.structuredContent)];
      checks.push(
        [`${version} is what both agree on`, client.getNegotiatedProtocolVersion() === version],
        [`${version}: lists the tools`, tools.some(({ name }) => name === "repo.read")],
        [`${version}: an allowed call answers`, shown.includes("lines.reduce"), shown],
        [`${version}: a refused call says why`, refused.isError === true && why.includes("never rewritten"), why],
      );
    } finally {
      await client.close();
    }
  }
  return checks;
}
