// The MCP project's own Inspector, on the command line.

import { FILES, PUSH } from "./calls.ts";
import type { Place } from "./place.ts";
import { installed, run, workFolder } from "./program.ts";
import type { Check } from "./check.ts";

export async function inspector(place: Place): Promise<readonly Check[]> {
  const { key: own } = await place.agent("inspector");
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
    ask(own, "--method", "tools/call", "--tool-name", tool, ...args.flatMap((each) => ["--tool-arg", each]));
  const list = await ask(own, "--method", "tools/list");
  const read = await call("repo.read", ...given(FILES));
  const refused = await call("shell.test", ...given(PUSH));
  const nobody = await ask("csk_nobody", "--method", "tools/list");
  return [
    ["lists the tools", list.out.includes('"repo.read"') && list.out.includes('"call.status"'), list.out + list.err],
    ["an allowed call answers", read.out.includes("lines.reduce"), read.out + read.err],
    [
      "a refused call is an error that a program can read",
      refused.out.includes('"isError": true') && refused.out.includes('"policy_red"'),
      refused.out + refused.err,
    ],
    ["a key that is none gets nothing", nobody.code !== 0 && !nobody.out.includes("repo.read"), nobody.out],
  ];
}

const given = (args: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(args).map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
