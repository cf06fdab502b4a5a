// KMS=vault, as an operator has it: commands as processes of their own, and nothing of a key on this machine.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { z } from "zod";
import { PLATFORM_LOG } from "#kernel";
import { startEmbeddedPostgres } from "#platform/postgres";
import { program, temporaryDirectory } from "../support/program.ts";
import { startVault } from "../support/vault.ts";

const vault = await startVault();
afterAll(() => vault.close());
const directory = temporaryDirectory();
const tokenFile = join(directory, "token");
writeFileSync(tokenFile, "the-token", { mode: 0o600 });
const place = { DATA_DIR: directory, CLIENTS_DIR: join(directory, "clients") };
const env = { ...place, KMS: "vault", VAULT_ADDR: vault.address, VAULT_TOKEN_FILE: tokenFile };
const shown = z.object({ kind: z.literal("rotated"), version: z.number(), rewrapped: z.number().positive() });

it("T3 K2 a client is onboarded and its key rotated in Vault; a directory of keys is refused from then on", async () => {
  // As a server's first start does: a command makes no database.
  await (await startEmbeddedPostgres({ dir: join(directory, "live", "postgres") })).stop();
  expect((await program(["tenant", "onboard", "acme"], env).ended).err).not.toContain("Vault");
  const rotated = await program(["tenant", "rotate", "acme", "--json"], env).ended;
  expect(rotated).toMatchObject({ status: 0 });
  expect(shown.parse(JSON.parse(rotated.out))).toMatchObject({ version: 2 });

  const [name = ""] = [...vault.keys.keys()].filter((key) => key !== "countersign-root" && !key.endsWith(PLATFORM_LOG));
  expect(vault.keys.get(name)?.versions).toHaveLength(2);
  expect(existsSync(join(directory, "live", "keys"))).toBe(false);

  const other = await program(["tenant", "rotate", "acme"], { ...place, KMS: "file" }).ended;
  expect(other).toMatchObject({ status: 2, err: expect.stringContaining("Set KMS=vault") });
  vault.held.sealed = true;
  const sealed = await program(["tenant", "rotate", "acme"], env).ended;
  expect(sealed).toMatchObject({ status: 2, err: expect.stringContaining("is sealed") });
}, 120_000);
