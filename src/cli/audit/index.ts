import type { Register } from "../command.ts";
import { evidenceCommands } from "./evidence.ts";
import { exportCommand } from "./export.ts";
import { auditGroup } from "./group.ts";
import { logCommand } from "./log.ts";
import type { AuditPorts } from "./ports.ts";
import { reindexCommand } from "./reindex.ts";
import { showCommand } from "./show.ts";

export type { AuditPorts, TenantLog, WithLog } from "./ports.ts";

export function audit(ports: AuditPorts): Register {
  return (program, terminal) => {
    const group = auditGroup(program);
    logCommand(group, ports, terminal);
    showCommand(group, ports, terminal);
    evidenceCommands(group, ports, terminal);
    exportCommand(group, ports.exportTo, terminal);
    reindexCommand(group, ports.reindex, terminal);
  };
}
