// The composition root: the only place where rooms and surfaces meet. What each command wires is in main/.

import {
  agent,
  approval,
  audit,
  auditKey,
  auditVerify,
  broker,
  call,
  control,
  doctor,
  doer,
  fingerprint,
  holds,
  key,
  lease,
  mcp,
  migrate,
  notify,
  operator,
  policySimulate,
  person,
  policyProposals,
  packetKey,
  retention,
  run,
  secret,
  server,
  type ServerKind,
  type Terminal,
  tenant,
  mailSource,
  slackSource,
  ticket,
  webhook,
  witness,
} from "#cli";
import { Fault } from "#kernel";
import { readConfig, secretValues } from "#platform/config";
import { mayListen } from "#platform/http";
import { createScrubber, toldAsText } from "#platform/log";
import { runBroker } from "./main/broker.ts";
import { runDoer } from "./main/doer.ts";
import { leasePorts } from "./main/lease.ts";
import { runLeaseBroker } from "./main/lease-broker.ts";
import { agentPorts } from "./main/agents.ts";
import { approvalPorts, proposalPorts } from "./main/approval.ts";
import { approvalChannelPorts } from "./main/approval-channels.ts";
import { apiKeyPorts } from "./main/api-keys.ts";
import { auditPorts } from "./main/audit-log.ts";
import { controlPorts } from "./main/control.ts";
import { callPorts } from "./main/call.ts";
import { startConnect } from "./main/connect.ts";
import { startDemo } from "./main/demo.ts";
import { examine } from "./main/doctor.ts";
import { holdPorts, retentionPorts } from "./main/keep.ts";
import { operatorPorts } from "./main/operators.ts";
import { personPorts } from "./main/people.ts";
import { readGuards } from "./main/guards.ts";
import { serveMcp } from "./main/mcp.ts";
import { keyPorts } from "./main/key.ts";
import { askedToEnd, endAtOnce } from "./main/lifecycle.ts";
import { machineProblem } from "./main/machine.ts";
import { runMigrate } from "./main/migrate.ts";
import { simulatePorts } from "./main/policy.ts";
import { recordedEntry } from "./main/replay.ts";
import { startServe } from "./main/serve.ts";
import { leavingPorts } from "./main/leaving.ts";
import { packetKeyPorts } from "./main/packet-keys.ts";
import { registryPorts } from "./main/registry.ts";
import { secretPorts } from "./main/secret.ts";
import { sqlPorts } from "./main/sql.ts";
import { runOnboard } from "./main/tenant.ts";
import { sourcePorts } from "./main/sources.ts";
import { ticketPorts } from "./main/ticket.ts";
import { rotatePorts } from "./main/tenant-rotate.ts";
import { openLogs } from "./main/verify.ts";
import { notifyPorts, webhookPorts } from "./main/webhooks.ts";
import { runWitness } from "./main/witness.ts";

type Voice = Pick<Terminal, "out" | "err" | "reveal">;

async function runServer(kind: ServerKind, { out, err, reveal }: Voice): Promise<0 | 2> {
  const say = (line: string): void => err(`countersign: ${line}`);
  const end = askedToEnd(() =>
    say("Ending: requests and jobs under way are finished first. A second signal ends at once."),
  );
  for (;;) {
    const config = readConfig(process.env, kind);
    if (config.kind === "invalid") return refuse(config.problems, err);
    if (config.kind === "serve" && config.github.kind === "unconnected") {
      const connecting = await startConnect(config);
      reveal(`No GitHub App is connected yet. Open this link, which works for you alone:\n\n  ${connecting.url}\n`);
      const next = await Promise.race([
        end.then(() => "end" as const),
        connecting.connected.then(() => "connected" as const),
      ]);
      await connecting.resources.close();
      if (next === "end") return 0;
      say("GitHub is connected. Starting with the new App.");
      continue;
    }
    await mayListen(config.http);
    const running = config.kind === "demo" ? await startDemo(config, say) : await startServe(config, say);
    out(running.greeting);
    await end;
    await running.resources.close();
    return 0;
  }
}

function refuse(problems: readonly string[], err: Voice["err"]): 2 {
  err(`countersign: The configuration has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}:`);
  for (const problem of problems) err(`  - ${problem}`);
  return 2;
}

// Whoever reads us may stop reading (`| head`, a terminal that is closed): that ends neither a server nor a command.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

const env = process.env;
const secrets = secretValues(env);
const scrub = createScrubber(secrets);
const err = (line: string): void => void process.stderr.write(`${scrub(line)}\n`);

/** A bug: what Node would print of it has not been scrubbed, and shows what libraries hang on their errors. */
function fatal(error: unknown): never {
  err(`countersign: Something went wrong that should not. Please report it:\n${toldAsText(error)}`);
  endAtOnce(2);
}
process.on("uncaughtException", fatal);

try {
  process.exitCode = await run(process.argv.slice(2), {
    secrets,
    recordedEntry: (id) => recordedEntry(env, id),
    sql: sqlPorts(env, err),
    commands: [
      server(runServer),
      broker((say) => runBroker(env, () => askedToEnd(() => {}), say)),
      migrate((options, say) => runMigrate(env, options, say)),
      lease({ ...leasePorts(env, err), broker: (say) => runLeaseBroker(env, () => askedToEnd(() => {}), say) }),
      doer((say) => runDoer(env, () => askedToEnd(() => {}), say)),
      doctor((say) => examine(env, say)),
      auditKey(keyPorts(env)),
      witness(runWitness(() => askedToEnd(() => {}))),
      audit(auditPorts(env, err)),
      auditVerify((say) => openLogs(env, say)),
      agent(agentPorts(env, err)),
      mcp(serveMcp(err)),
      key(apiKeyPorts(env, err)),
      operator(operatorPorts(env, err)),
      packetKey(packetKeyPorts(env, err)),
      policySimulate(simulatePorts(env, err)),
      call(callPorts(env, err)),
      person(personPorts(env, err)),
      approval(approvalPorts(env, err), approvalChannelPorts(env, err)),
      ticket(ticketPorts(env, err)),
      slackSource(sourcePorts(env, err).slack),
      mailSource(sourcePorts(env, err).mail),
      notify(notifyPorts(env, err)),
      webhook(webhookPorts(env, err)),
      policyProposals(proposalPorts(env, err)),
      control(controlPorts(env, err)),
      holds(holdPorts(env, err)),
      retention(retentionPorts(env, err)),
      fingerprint((accept, say) => readGuards(env, accept, say)),
      secret(secretPorts(env, err)),
      tenant({
        onboard: (asked) => runOnboard(env, asked, err),
        ...registryPorts(env, err),
        ...leavingPorts(env, err),
        rotate: rotatePorts(env, err),
      }),
    ],
  });
} catch (error) {
  const problem = error instanceof Fault ? error.message : machineProblem(error);
  if (problem === null) fatal(error);
  err(`countersign: ${problem}`);
  process.exitCode = 2;
}
