// Certificates of clients that are gone: out of the platform's log, and looked at by anybody who has the file and the log's key.

import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { sha256, verifyEd25519 } from "#audit/io";
import { checkCertificate, noteLimits, parseVkey, type CheckedCertificate } from "#verifier";
import { printable } from "./audit/printable.ts";
import { refusing, type Refused, type Terminal } from "./command.ts";
import { readText } from "./documents.ts";

/** By its id, or by the name that it had. */
export type ReadCertificate = (
  client: string,
) => Promise<Refused | { readonly kind: "certificate"; readonly id: string; readonly text: string }>;

interface Json {
  readonly json?: boolean;
}

export function tenantCertificate(group: Command, terminal: Terminal, read: ReadCertificate): void {
  const refuse = refusing(terminal);

  group
    .command("certificate")
    .argument("<client>", "the id of a client that is gone, or the prefix that it had")
    .description("The signed certificate of a client's erasure, as it stands in the platform's log.")
    .option("--out <file>", "write it there; a file that is there already is left as it is")
    .option("--json", "print JSON")
    .action(async (client: string, { out, json }: Json & { readonly out?: string }) => {
      const found = await read(client);
      if (found.kind === "refused") return refuse(found.problems, json);
      if (out !== undefined) {
        try {
          writeFileSync(out, found.text, { flag: "wx", mode: 0o600 });
        } catch {
          return refuse([`${out} cannot be written, or is there already. Name another file.`], json);
        }
      }
      if (json === true) terminal.out(JSON.stringify(found));
      else if (out === undefined) terminal.out(found.text.trimEnd());
      else terminal.out(`Wrote ${out}. Anybody can check it: countersign tenant verify-certificate ${out} --key VKEY`);
    });

  group
    .command("verify-certificate")
    .argument("<file>", "a certificate; - reads standard input")
    .description(
      "Whether a certificate of erasure is what the log's key signed. Needs no network and no database. Status 0: it is, 1: it is not, 2: could not be checked.",
    )
    .requiredOption("--key <vkey>", "the log's verifier key, from a place that the log's operator cannot change")
    .option("--json", "print JSON")
    .action(async (file: string, { key: vkey, json }: Json & { readonly key: string }) => {
      const key = parseVkey(sha256, vkey);
      if (key === null)
        return refuse(
          [
            "--key is no verifier key. It looks like audit.example.com/epochs+1a2b3c4d+AW... and `countersign doctor` shows it.",
          ],
          json,
        );
      const given = await readText(file, noteLimits.bytes);
      if (given.kind === "unreadable") return refuse([given.problem], json);
      const checked = await checkCertificate({ sha256, verify: verifyEd25519 }, given.text, key);
      if (json === true) terminal.out(JSON.stringify(checked));
      else for (const line of linesOf(checked)) terminal.out(printable(line));
      terminal.exit(checked.kind === "verified" ? 0 : 1);
    });
}

const linesOf = (checked: CheckedCertificate): readonly string[] =>
  checked.kind === "tampered"
    ? [`NOT GENUINE at ${checked.at}: ${checked.what}`, "Ask for the certificate again; keep this file."]
    : [
        `genuine     the key of ${checked.origin} signed that tenant ${checked.certificate.tenant} was erased`,
        ...(checked.certificate.override === null
          ? []
          : [`            with an override: entry ${checked.certificate.override}`]),
        `            backups may hold ciphertext, which nothing opens, until ${checked.certificate.horizon}`,
        "Not proven: that it was true when it was signed. What is left can be looked at with: countersign tenant verify",
      ];
