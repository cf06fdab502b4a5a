// The MCP project's own Inspector, on the command line.

import { KEY, startPlace } from "./place.ts";
import { installed, run, workFolder } from "./program.ts";
import type { Check } from "./check.ts";

export async function inspector(): Promise<readonly Check[]> {
  const place = await startPlace();
  const cwd = workFolder();
  const ask = (key: string, ...args: readonly string[]) =>
    run(
      [
        installed(".bin", "mcp-inspector"),
        "--cli",
        `${place.url}/mcp`,
        "--transport",
        "http",
        "--header",
        `Authorization: Bearer ${key}`,
        ...args,
      ],
      { cwd, env: {}, seconds: 60 },
    );
  const call = (tool: string, ...args: readonly string[]) =>
    ask(KEY, "--method", "tools/call", "--tool-name", tool, ...args.flatMap((each) => ["--tool-arg", each]));
  try {
    const list = await ask(KEY, "--method", "tools/list");
    const read = await call("repo.read", "repository=acme/shop", 'paths=["a.ts"]');
    const refused = await call("shell.test", "repository=acme/shop", "command=git push --force");
    const nobody = await ask("csk_nobody", "--method", "tools/list");
    return [
      ["lists the tools", list.out.includes('"repo.read"') && list.out.includes('"call.status"'), list.out + list.err],
      ["an allowed call answers", read.out.includes("the-answer-of-the-tool"), read.out + read.err],
      [
        "a refused call is an error that a program can read",
        refused.out.includes('"isError": true') && refused.out.includes('"policy_red"'),
        refused.out + refused.err,
      ],
      ["a key that is none gets nothing", nobody.code !== 0 && !nobody.out.includes("repo.read"), nobody.out],
    ];
  } finally {
    await place.close();
  }
}
