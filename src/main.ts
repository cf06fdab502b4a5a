// The composition root: the only place where rooms and surfaces meet. What each command wires is in main/.

import { doctor, migrate, run, server, tenant, type ServerKind } from "#cli";
import { Fault } from "#kernel";
import { readConfig } from "#platform/config";
import { startDemo } from "./main/demo.ts";
import { examine } from "./main/doctor.ts";
import { askedToEnd } from "./main/lifecycle.ts";
import { runMigrate } from "./main/migrate.ts";
import { startServe } from "./main/serve.ts";
import { runOnboard } from "./main/tenant.ts";

interface Voice {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

async function runServer(kind: ServerKind, { out, err }: Voice): Promise<0 | 2> {
  const say = (line: string): void => err(`countersign: ${line}`);
  const config = readConfig(process.env, kind);
  if (config.kind === "invalid") {
    say(config.problems.length === 1 ? "The configuration has a problem:" : `The configuration has ${config.problems.length} problems:`);
    for (const problem of config.problems) err(`  - ${problem}`);
    return 2;
  }
  const end = askedToEnd(() => say("Ending: requests and jobs under way are finished first. A second signal ends at once."));
  const running = config.kind === "demo" ? await startDemo(config, say) : await startServe(config, say);
  out(config.kind === "demo" ? `\n  Countersign's demo is ready: ${running.url}\n` : `Countersign is ready: ${running.url}`);
  await end;
  await running.resources.close();
  return 0;
}

const env = process.env;
const err = (line: string): void => void process.stderr.write(`${line}\n`);
try {
  process.exitCode = await run(process.argv.slice(2), {
    commands: [server(runServer), migrate((say) => runMigrate(env, say)), doctor((say) => examine(env, say)), tenant({ onboard: (asked) => runOnboard(env, asked, err) })],
  });
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  err(`countersign: ${error.message}`);
  process.exitCode = 2;
}
