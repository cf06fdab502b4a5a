import { Command, CommanderError } from "commander";
import { createScrubber } from "#platform/log";
import { clientFirst } from "./client-first.ts";
import type { ExitStatus, Register, Terminal } from "./command.ts";
import { gate } from "./gate.ts";
import type { RecordedEntry } from "./gate-replay.ts";
import { policy } from "./policy.ts";
import { sql, type SqlPorts } from "./sql.ts";

export type { ExitStatus, Register, Terminal } from "./command.ts";
export type { RecordedEntry } from "./gate-replay.ts";
export { agent, type AgentPorts } from "./agent.ts";
export type { AgentSeen } from "./agent-connect.ts";
export { call, type CallPorts } from "./call.ts";
export type { EntryOfCall, WholeCall } from "./call-text.ts";
export { broker, type RunBroker } from "./broker.ts";
export { control, type ControlPorts, type ControlStatus, type Target as ControlTarget } from "./control/index.ts";
export { doer, type RunDoer } from "./doer.ts";
export { lease, type LeasePorts, type ShownLease } from "./lease.ts";
export { auditKey, type KeyAnswer, type KeyPorts } from "./audit/key.ts";
export { witness, type RunWitness } from "./audit/witness.ts";
export { auditVerify, type OpenedLogs, type OpenLogs } from "./audit/verify.ts";
export { fingerprint, type GuardAnswer } from "./audit/fingerprint.ts";
export { holds, type HoldAnswer, type HoldPorts } from "./audit/hold.ts";
export { retention, type CompareAnswer, type RetentionAnswer, type RetentionPorts } from "./audit/retention.ts";
export { DISK_FULL_PERCENT } from "./doctor/judge-room.ts";
export { doctor, type Examine, type Examined, type Findings } from "./doctor.ts";
export { judgeSource } from "./doctor/judge-sources.ts";
export type { Line } from "./doctor/line.ts";
export { overdueKeys } from "./doctor/judge-keys.ts";
export { mcp, type ServeStdio } from "./mcp.ts";
export { migrate, type Migrated, type MigrateOptions } from "./migrate.ts";
export { audit, type AuditPorts, type TenantLog, type WithLog } from "./audit/index.ts";
export { key, type KeyPorts as ApiKeyPorts } from "./key.ts";
export { notify, type NotifyPorts, type NotifyStatus } from "./notify.ts";
export { webhook, type WebhookPorts } from "./webhook.ts";
export { operator, type OperatorPorts } from "./operator.ts";
export { approval, type ApprovalPorts } from "./approval.ts";
export type { ApprovalChannelPorts } from "./approval-channel.ts";
export { person, type PersonPorts } from "./person.ts";
export { policyProposals, type ProposalPorts } from "./policy-proposals.ts";
export { secret, type CheckedClient, type ListedSecret, type SecretPorts } from "./secret.ts";
export { policySimulate, type PastCalls, type SimulatePorts } from "./policy-simulate.ts";
export { packetKey, type PacketKeyPorts } from "./packet-key.ts";
export { server, type ServerKind } from "./server.ts";
export type { SqlPorts } from "./sql.ts";
export type { OffboardAnswer, OffboardPorts, Progress, VerifyAnswer } from "./tenant-offboard.ts";
export type { RotateAnswer, RotatePorts } from "./tenant-rotate.ts";
export { mailSource, slackSource, type SlackConnected, type SourceChecked, type SourcePorts } from "./source.ts";
export { ticket, type Done, type OfTicket, type TicketPorts } from "./ticket/index.ts";
export { tenant, type OnboardAnswer, type Onboarding, type TenantPorts } from "./tenant.ts";
export type { ListedTenant, Onboarded, ShownTenant } from "./tenant-text.ts";

/** What the command line cannot reach by itself; main.ts wires it. */
export interface Ports {
  /** Values of this process that no line may show. */
  readonly secrets?: readonly string[];
  /** Commands of other rooms: serve, doctor, migrate, demo. */
  readonly commands?: readonly Register[];
  /** The record that an entry of the audit log keeps; null when there is no such entry. */
  readonly recordedEntry?: RecordedEntry;
  /** Of `sql run` and `sql doctor`; `sql check` needs nothing. */
  readonly sql?: SqlPorts;
}

/** Runs one command; resolves to the exit status, and never rejects for wrong usage. */
export async function run(argv: readonly string[], ports: Ports = {}): Promise<number> {
  let status: ExitStatus = 0;
  const scrub = createScrubber(ports.secrets ?? []);
  const terminal: Terminal = {
    out: (line) => void process.stdout.write(`${scrub(line)}\n`),
    err: (line) => void process.stderr.write(`${scrub(line)}\n`),
    reveal: (line) => void process.stdout.write(`${line}\n`),
    exit: (s) => {
      status = s;
    },
  };
  const program = new Command("countersign")
    .description("Supervises coding agents: nothing reaches production without a verified human approval.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void process.stdout.write(scrub(text)),
      writeErr: (text) => void process.stderr.write(scrub(text)),
    })
    .showHelpAfterError("(add --help for the options)");
  for (const register of [gate(ports.recordedEntry ?? null), sql(ports.sql ?? null), policy, ...(ports.commands ?? [])])
    register(program, terminal);
  try {
    await program.parseAsync(clientFirst(argv), { from: "user" });
  } catch (error) {
    // Wrong usage must not look like "the gate said no", which is 1.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  return status;
}
