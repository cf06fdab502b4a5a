// The register of what was made for each client: written with what it registers, compared with each backend, emptied on the way out.

import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { entryId, Fault, installationId, PLATFORM_LOG, type InstallationId } from "#kernel";
import { issueKey } from "#identity/io";
import { withOperator } from "#platform/postgres";
import { clientFiles, type GithubSide } from "#tenants";
import {
  assetsOf,
  createAssets,
  listTenants,
  onboard,
  openClients,
  registerFiles,
  setSecret,
  sweepAssets,
} from "#tenants/io";
import { compareAssets } from "../../src/tenants/assets.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const directory = mkdtempSync(join(tmpdir(), "countersign-assets-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const clients = await openClients(directory);
const acme = await t.tenant("acme", 7);
const by = { operator: { type: "operator", id: "kim" }, requestId: "r" } as const;
const verifier = t.role("verifier");
const seven = installationId(7) ?? expect.unreachable();
const eight = installationId(8) ?? expect.unreachable();

const readFileText = (path: string): string => readFileSync(path, "utf8");
const atGithub: { list: readonly InstallationId[]; state: "gone" | "active"; removed: number } = {
  list: [seven],
  state: "gone",
  removed: 0,
};
const github: Pick<GithubSide, "remove" | "state"> = {
  async remove() {
    atGithub.removed += 1;
    atGithub.state = "gone";
  },
  state: async () => atGithub.state,
};
const registered = (tenant = acme.id) => withOperator(t.operator, (tx) => assetsOf(tx, tenant));
const locators = async () => (await registered()).map(({ kind, locator }) => `${kind} ${locator}`);
const sweep = (list = async () => atGithub.list) =>
  sweepAssets({
    verifier,
    clients,
    kms: t.kms,
    github: { host: "github.example.com", installations: { list } },
  });
async function scaffold(): Promise<void> {
  const tenant =
    (await withOperator(t.operator, listTenants)).find(({ prefix }) => prefix === "acme") ?? expect.unreachable();
  const files = clientFiles(tenant);
  await registerFiles(t.operator, clients, { tenant: acme.id, prefix: "acme" }, files);
  await clients.scaffold("acme", files);
}

describe("T1 what is made for a client is registered in the same transaction", () => {
  it("folder, key and installation with the client; files before they are made; an API key with itself", async () => {
    expect(await locators()).toEqual(["folder clients/acme/", "installation github.com/7", `kek kek/${acme.id}`]);
    await scaffold();
    await issueKey(t.operator, {
      tenant: acme.id,
      name: "reader",
      capabilities: ["audit.read"],
      days: 30,
      by: { initiator: by.operator, requestId: "r" },
    });
    expect(await locators()).toEqual([
      expect.stringMatching(/^api_key api_key\/[0-9a-f-]{36}$/),
      "file clients/acme/.env",
      "file clients/acme/client.yml",
      "file clients/acme/constitution/README.md",
      "file clients/acme/constitution/practice.md",
      "file clients/acme/constitution/rules.cases.yaml",
      "file clients/acme/constitution/rules.cedar",
      "folder clients/acme/",
      "installation github.com/7",
      `kek kek/${acme.id}`,
    ]);
  });

  it("each says how it is removed, and how one sees that it is gone", async () => {
    const verbs = new Map(
      (await registered()).map(({ kind, deleteVerb, verifyVerb }) => [kind, [deleteVerb, verifyVerb]]),
    );
    expect(Object.fromEntries(verbs)).toEqual({
      api_key: ["delete_row", "no_row"],
      file: ["remove_file", "no_file"],
      folder: ["remove_folder", "no_folder"],
      installation: ["uninstall", "installation_gone"],
      kek: ["destroy_key", "key_destroyed"],
    });
  });

  it("a transaction that is taken back registers nothing", async () => {
    await expect(
      onboard({ ...t.operator, append: () => Promise.reject(new Error("no log")) }, { prefix: "globex", by }),
    ).rejects.toThrow("no log");
    expect(await t.adminSql("select 1 from platform.tenant_asset where locator like '%globex%'")).toEqual([]);
  });

  it("the platform's own log is nobody's to remove", async () => {
    expect(await registered(PLATFORM_LOG)).toEqual([]);
  });

  it("fails closed: what has an owner cannot be forgotten", async () => {
    const [{ gone } = {}] = await t.adminSql("select platform.forget_asset($1, 'folder', 'clients/acme/') as gone", [
      acme.id,
    ]);
    expect(gone).toBe(false);
  });
});

describe("the nightly look at what was made for clients", () => {
  it("finds nothing where all is as registered, a client's own files included", async () => {
    writeFileSync(join(directory, "acme/constitution/rules.md"), "be kind\n");
    expect(await sweep()).toEqual([]);
  });

  it("a sealed file that somebody else than `secret set` wrote", async () => {
    const access = { ...t.operator, keys: t.keys, clients };
    await setSecret(access, { tenant: acme.id, prefix: "acme", name: "TOKEN", value: "first", by });
    const old = readFileText(join(directory, "acme/.env"));
    await setSecret(access, { tenant: acme.id, prefix: "acme", name: "TOKEN", value: "second", by });
    expect(await sweep()).toEqual([]);
    const now = readFileText(join(directory, "acme/.env"));
    writeFileSync(join(directory, "acme/.env"), old, { mode: 0o600 });
    expect(await sweep()).toEqual(["clients/acme/.env is not as Countersign wrote it last."]);
    writeFileSync(join(directory, "acme/.env"), now, { mode: 0o600 });
  });

  it("a folder and a key of nobody, a missing file, an installation that is gone unheard", async () => {
    mkdirSync(join(directory, "initech"));
    rmSync(join(directory, "acme/client.yml"));
    const other = "01ff0000-0000-7000-8000-00000000000f";
    writeFileSync(join(t.keysDir, `${other}.kek`), "{}");
    atGithub.list = [eight];
    const found = await sweep();
    for (const trace of [join(directory, "initech"), join(t.keysDir, `${other}.kek`)])
      rmSync(trace, { recursive: true });
    await clients.scaffold("acme", new Map([["client.yml", "again"]]));
    atGithub.list = [seven];
    expect(found).toEqual([
      "clients/initech/ belongs to no client.",
      `kek/${other} belongs to no client.`,
      `A file of tenant ${acme.id} is registered and not there.`,
      `A GitHub App installation of tenant ${acme.id} is registered and not there.`,
    ]);
  });

  it("a folder that is gone is one sentence, and not one more for each file that was in it", async () => {
    const aside = `${directory}-aside`;
    renameSync(join(directory, "acme"), aside);
    const found = await sweep();
    renameSync(aside, join(directory, "acme"));
    expect(found).toEqual([`The folder of tenant ${acme.id} is registered and not there.`]);
  });

  it("fails closed: a backend that does not answer is said, and nothing is called missing because of it", async () => {
    expect(await sweep(() => Promise.reject(new Fault("github_unavailable", "GitHub did not answer.")))).toEqual([
      "What was made for clients cannot be looked at everywhere: GitHub did not answer.",
    ]);
  });

  it("learns hashes alone: the login that compares cannot read the register", async () => {
    const client = await t.adminClient();
    await client.query("set role countersign_verifier");
    await expect(client.query("select * from platform.tenant_asset")).rejects.toThrow(/permission denied/);
    await expect(client.query("select * from platform.tenant_assets($1)", [acme.id])).rejects.toThrow(
      /permission denied/,
    );
    const { rows } = await client.query<Record<string, unknown>>("select * from platform.asset_digests()");
    expect(JSON.stringify(rows)).not.toContain("acme");
  });

  it("decides by hashes: an asset that is being erased may be gone, and what was not looked at is not missing", () => {
    const digest = createHash("sha256").update("clients/acme/").digest("hex");
    const one = { tenantId: acme.id, kind: "folder", locator: digest, content: null } as const;
    const looked = new Set(["folder"] as const);
    expect(compareAssets([{ ...one, expected: false }], [], looked)).toEqual([]);
    expect(compareAssets([{ ...one, expected: true }], [], new Set())).toEqual([]);
    expect(compareAssets([{ ...one, expected: true }], [], looked)).toHaveLength(1);
  });
});

describe("R2 on the way out", () => {
  const leaver = { tenantId: acme.id, prefix: "acme" };
  const assets = createAssets({ access: t.operator, clients, kms: t.kms, github });

  it("fails closed: nothing is forgotten while anything is left", async () => {
    await t.adminSql("update platform.tenant set state = 'purging' where id = $1", [acme.id]);
    await expect(assets.remove(leaver)).rejects.toMatchObject({
      message: expect.stringMatching(/key .* is not destroyed/),
    });
    expect(await assets.list(leaver)).toHaveLength(10);
    expect(readdirSync(directory)).not.toContain("acme");
  });

  it("L14 removes what is there, installations first asked about, and gives how many of each kind went", async () => {
    await t.kms.destroy(acme.id);
    Object.assign(atGithub, { state: "active", removed: 0 });
    await clients.scaffold("acme", new Map([["late.txt", "put there meanwhile"]]));
    expect(await assets.verify(leaver)).toEqual(expect.arrayContaining(["clients/acme/ is there.", "Installation github.com/7 is not gone at GitHub."])); // prettier-ignore
    expect(await assets.remove(leaver)).toEqual({ api_key: 1, file: 6, folder: 1, installation: 1, kek: 1 });
    expect({ list: await assets.list(leaver), verify: await assets.verify(leaver) }).toEqual({ list: [], verify: [] });
    expect(atGithub.removed).toBe(1);
  });

  it("O7 past a provider that does not answer, by a person's word: what is ours goes, and it is not asked again", async () => {
    const initech = await t.tenant("initech", 8);
    const override = entryId("0190c2a4-0000-7000-8000-0000000000bb") ?? expect.unreachable();
    const never = () => Promise.reject(new Fault("github_unavailable", "GitHub does not answer."));
    const stuck = createAssets({ access: t.operator, clients, kms: t.kms, github: { remove: never, state: never } });
    const going = { tenantId: initech.id, prefix: "initech" };
    await t.adminSql("update platform.tenant set state = 'purging' where id = $1", [initech.id]);
    await t.kms.destroy(initech.id);
    await expect(stuck.remove(going)).rejects.toMatchObject({ code: "github_unavailable" });
    expect(await stuck.remove({ ...going, override })).toEqual({ folder: 1, installation: 1, kek: 1 });
    expect(await stuck.verify({ ...going, override })).toEqual([]);
  });

  it("finds a link under the client's name, which no register knows", async () => {
    symlinkSync("/", join(directory, "acme"));
    expect(await assets.verify(leaver)).toEqual(["clients/acme/ is there."]);
    rmSync(join(directory, "acme"));
  });
});
