import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"; // prettier-ignore
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkClientsRoot, openClients } from "#tenants/io";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "countersign-clients-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const TEXT = "# nothing yet\n";

describe("T1 the opener of clients' files", () => {
  it("writes for this user alone, and reads what it wrote", async () => {
    const clients = await openClients(join(root, "clients"));
    expect(await clients.readEnv("acme")).toEqual({ kind: "absent" });
    await clients.writeEnv("acme", TEXT);
    expect(await clients.readEnv("acme")).toEqual({ kind: "text", text: TEXT });
    expect(statSync(join(root, "clients/acme")).mode & 0o777).toBe(0o700);
    expect(statSync(join(root, "clients/acme/.env")).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(root, "clients"))).toEqual(["acme"]);
    expect(readdirSync(join(root, "clients/acme"))).toEqual([".env"]);
  });

  it.each([
    ["P4", ".."],
    ["P4", "acme/../globex"],
    ["P4", "acme%2f.."],
    ["P5", "node"],
    ["P3", "ACME"],
    ["P3", "acme\n"],
    ["P1", "acme_prod"],
  ])("%s fails closed: %j is no client", async (_, prefix) => {
    const clients = await openClients(root);
    await expect(clients.readEnv(prefix)).rejects.toMatchObject({ code: "input_invalid" });
    await expect(clients.writeEnv(prefix, TEXT)).rejects.toMatchObject({ code: "input_invalid" });
  });

  it("P7 fails closed: a client's folder that is a link is neither read nor written", async () => {
    mkdirSync(join(root, "elsewhere"));
    writeFileSync(join(root, "elsewhere/.env"), TEXT, { mode: 0o600 });
    mkdirSync(join(root, "clients"));
    symlinkSync(join(root, "elsewhere"), join(root, "clients/acme"));
    const clients = await openClients(join(root, "clients"));
    await expect(clients.readEnv("acme")).rejects.toMatchObject({ code: "config_invalid" });
    await expect(clients.writeEnv("acme", "mine")).rejects.toMatchObject({ code: "config_invalid" });
  });

  it.each<[string, RegExp, (path: string) => void]>([
    ["a link", /is a link/, (path) => symlinkSync(join(root, "other"), path)],
    ["a hard link", /second name/, (path) => linkSync(join(root, "other"), path)],
    ["a pipe, at which a reader would wait", /no ordinary file/, (path) => void execFileSync("mkfifo", ["-m", "600", path])],
    ["a directory", /no ordinary file/, (path) => mkdirSync(path, { mode: 0o700 })],
    ["open to others (0644)", /chmod 600/, (path) => { writeFileSync(path, TEXT); chmodSync(path, 0o644); }],
    ["open to its group (0640)", /chmod 600/, (path) => { writeFileSync(path, TEXT); chmodSync(path, 0o640); }],
    ["larger than any such file", /more than any such file/, (path) => writeFileSync(path, "#".repeat(65_537), { mode: 0o600 })],
  ])("P8 fails closed: .env is %s", async (_, why, make) => {
    writeFileSync(join(root, "other"), TEXT, { mode: 0o600 });
    mkdirSync(join(root, "acme"));
    make(join(root, "acme/.env"));
    const clients = await openClients(root);
    expect(await clients.readEnv("acme")).toMatchObject({ kind: "refused", why: expect.stringMatching(why) });
    await expect(clients.writeEnv("acme", "mine")).rejects.toMatchObject({ code: "config_invalid" });
  }); // prettier-ignore

  it("P10 a link that is the whole directory is followed once, and stays where it led then", async () => {
    mkdirSync(join(root, "real"));
    symlinkSync(join(root, "real"), join(root, "clients"));
    const clients = await openClients(join(root, "clients"));
    await clients.writeEnv("acme", TEXT);
    mkdirSync(join(root, "false/acme"), { recursive: true });
    writeFileSync(join(root, "false/acme/.env"), "# not ours\n", { mode: 0o600 });
    rmSync(join(root, "clients"));
    symlinkSync(join(root, "false"), join(root, "clients"));
    expect(await clients.readEnv("acme")).toEqual({ kind: "text", text: TEXT });
    renameSync(join(root, "real"), join(root, "gone"));
    symlinkSync(join(root, "false"), join(root, "real"));
    await expect(clients.readEnv("acme")).rejects.toMatchObject({ code: "config_invalid" });
  });

  describe("at a server's start", () => {
    const given = () => ({ path: join(root, "clients"), pin: join(root, "data/clients-root.json") });
    const turn = (to: string): void => {
      rmSync(join(root, "clients"), { recursive: true, force: true });
      mkdirSync(join(root, to), { recursive: true });
      symlinkSync(join(root, to), join(root, "clients"));
    };

    it("P10 fails closed: a directory of clients that leads elsewhere than at the first start keeps the server from starting", async () => {
      turn("real");
      await checkClientsRoot(given());
      await checkClientsRoot(given());
      turn("false");
      await expect(checkClientsRoot(given())).rejects.toThrow(/led to .*real before, and leads to .*false now/);
      turn("real");
      await checkClientsRoot(given());
    });

    it("P10 fails closed: so does a folder in whose place there is a link now, and one further up its path", async () => {
      mkdirSync(join(root, "up/clients"), { recursive: true });
      const below = { ...given(), path: join(root, "up/clients") };
      await checkClientsRoot(below);
      renameSync(join(root, "up"), join(root, "was"));
      symlinkSync(join(root, "was"), join(root, "up"));
      await expect(checkClientsRoot(below)).rejects.toMatchObject({ code: "config_invalid" });
    });

    it("another setting is the operator's word: it is taken, and is what holds from then on", async () => {
      turn("real");
      await checkClientsRoot(given());
      await checkClientsRoot({ ...given(), path: join(root, "false") });
      renameSync(join(root, "false"), join(root, "moved"));
      symlinkSync(join(root, "moved"), join(root, "false"));
      await expect(checkClientsRoot({ ...given(), path: join(root, "false") })).rejects.toThrow(/leads to .*moved now/);
    });

    it("fails closed: what it wrote down before cannot be read", async () => {
      mkdirSync(join(root, "data"));
      writeFileSync(join(root, "data/clients-root.json"), "{");
      await expect(checkClientsRoot(given())).rejects.toMatchObject({ code: "config_invalid" });
    });

    it("P16 fails closed: a disk that does not tell upper from lower case", async () => {
      // As such a disk answers: by the name that is there, whatever its case.
      const folding = async (path: string): Promise<boolean> =>
        readdirSync(dirname(path)).some((name) => name.toLowerCase() === basename(path).toLowerCase());
      await expect(checkClientsRoot({ ...given(), sees: folding })).rejects.toThrow(/upper from lower case/);
      expect(readdirSync(join(root, "clients"))).toEqual([]);
      await checkClientsRoot(given());
      expect(readdirSync(join(root, "clients"))).toEqual([]);
    });
  });

  it("begins a client's folder: what is there stays as it is, and a second run makes what is missing", async () => {
    const clients = await openClients(root);
    const files = new Map([
      ["client.yml", "one\n"],
      [".env", TEXT],
      ["constitution/README.md", "two\n"],
    ]);
    expect(await clients.scaffold("acme", files)).toEqual([...files.keys()].map((name) => join(root, "acme", name)));
    writeFileSync(join(root, "acme/client.yml"), "edited\n");
    rmSync(join(root, "acme/constitution"), { recursive: true });
    expect(await clients.scaffold("acme", files)).toEqual([join(root, "acme/constitution/README.md")]);
    expect(readFileSync(join(root, "acme/client.yml"), "utf8")).toBe("edited\n");
    expect(await clients.readEnv("acme")).toEqual({ kind: "text", text: TEXT });
  });

  it.each(["acme/constitution", "acme"])("P7 fails closed: nothing is made where %s is a link", async (linked) => {
    mkdirSync(join(root, "elsewhere"));
    mkdirSync(join(root, "clients", linked, ".."), { recursive: true });
    symlinkSync(join(root, "elsewhere"), join(root, "clients", linked));
    const clients = await openClients(join(root, "clients"));
    const making = clients.scaffold("acme", new Map([["constitution/README.md", TEXT]]));
    await expect(making).rejects.toMatchObject({ code: "config_invalid" });
    expect(readdirSync(join(root, "elsewhere"))).toEqual([]);
  });

  it("lists folders that are nobody's, the example aside", async () => {
    for (const name of ["acme", "example", "Left Behind"]) mkdirSync(join(root, name));
    writeFileSync(join(root, "README.md"), "");
    expect((await (await openClients(root)).folders()).toSorted()).toEqual(["Left Behind", "acme"]);
  });

  it("a directory that cannot be made is said with its setting", async () => {
    writeFileSync(join(root, "file"), "");
    await expect(openClients(join(root, "file/clients"))).rejects.toThrow(/CLIENTS_DIR/);
  });
});
