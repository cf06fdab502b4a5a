import { openWitness, witnessRoutes, type WitnessAnswer } from "#audit/io";
import type { RunWitness } from "#cli";
import { createHttpApp, listen } from "#platform/http";
import { createLog, type Log } from "#platform/log";

export const runWitness =
  (asked: () => Promise<void>): RunWitness =>
  async ({ directory, listenOn, logs, name }, say) => {
    const log = createLog({ level: "info", secrets: [] });
    const witness = openWitness({ directory, name, logs }, Date.now);
    const http = createHttpApp({ log, notReady: async () => null });
    http.route(
      "/",
      witnessRoutes(witness.keeper, witness.origins, (answer) => told(log, answer)),
    );
    const at = await listen(http, listenOn);
    const url = `http://${at.host.includes(":") ? `[${at.host}]` : at.host}:${at.port}`;
    const label = witness.vkey.split("+", 1)[0]?.replaceAll(/[^A-Za-z0-9]+/g, "-") ?? "w";
    say(`The witness listens at ${url} and cosigns ${witness.origins.join(", ")}.`);
    say(
      `To use it, the log's operator adds this line to the policy file (AUDIT_WITNESSES), and names it in the quorum:\n`,
    );
    say(`  witness ${label} ${witness.vkey} ${url}\n`);
    await asked();
    await at.stop();
    witness.close();
  };

function told(log: Log, answer: WitnessAnswer): void {
  switch (answer.kind) {
    case "cosigned":
      return log.info({ origin: answer.origin, size: answer.size }, "cosigned");
    case "conflict":
      return log.info({ size: answer.size }, "asked from another size");
    case "refuse":
      // 422 from a known log is what a witness is for: that log has shown two pasts.
      return answer.status === 422
        ? log.error({ why: answer.why }, "REFUSED: a checkpoint that does not extend what this witness cosigned")
        : log.warn({ status: answer.status, why: answer.why }, "refused");
  }
}
