import { repoName } from "#kernel";
import { refusing, type Refused, type Register } from "./command.ts";
import { webAddress } from "./web-address.ts";

export type ServeStdio = (asked: {
  readonly url: string;
  readonly keyFile: string;
  readonly repository: string | null;
}) => Promise<Refused | { readonly kind: "ended" }>;

interface McpOptions {
  readonly url: string;
  readonly keyFile: string;
  readonly repository?: string;
}

export const mcp =
  (serve: ServeStdio): Register =>
  (program, terminal) => {
    program
      .command("mcp")
      .description(
        "For agents' programs that start their MCP servers: the tools of a Countersign, over standard input and output.",
      )
      .requiredOption("--url <url>", "where that Countersign is")
      .requiredOption("--key-file <file>", "a file with the agent's key, which this user alone can read")
      .option("--repository <owner/name>", "what the agent works on, where its own tools are asked about")
      .action(async ({ url, keyFile, repository }: McpOptions) => {
        const refuse = refusing(terminal);
        const at = webAddress(url);
        if (at === null) return refuse(["--url takes a web address, such as https://countersign.example.com."]);
        if (repository !== undefined && repoName(repository) === null)
          return refuse(["--repository takes owner/name."]);
        const ended = await serve({ url: at, keyFile, repository: repository ?? null });
        if (ended.kind === "refused") return refuse(ended.problems);
      });
  };
