// An agent that may run a repository's tests has written what they do. Each way out is tried from inside, by shell.test of a doer with
// everything that a doer has: a lease, a database login, keys. What it prints comes back as the result, so a success would be seen.

import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { githubLab } from "../doer/support/github.ts";
import { countedServer } from "../support/counted-server.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const outside = join(t.keysDir, "outside-of-the-sandbox");
writeFileSync(outside, "a secret of the host\n");
const OWN = "COUNTERSIGN_SECRET_OF_THE_DOER";
process.env[OWN] = "in the doer's environment";
afterAll(() => Reflect.deleteProperty(process.env, OWN));

const { run, lab, leases, acme, bare, git, root } = await githubLab(t, async (at, seed, to) => {
  writeFileSync(join(seed, "README.md"), "hello\n");
  mkdirSync(join(seed, "links"));
  symlinkSync("/", join(seed, "links/root"));
  symlinkSync(outside, join(seed, "links/host"));
  symlinkSync("../../../../../../../../etc/passwd", join(seed, "links/up"));
  symlinkSync("/in/repository/hooks/post-checkout", join(seed, "links/hook"));
  symlinkSync("/proc/self/environ", join(seed, "links/environ"));
  await at(seed, "add", ".");
  await at(seed, "commit", "--quiet", "-m", "first");
  await at(seed, "push", "--quiet", to, "main");
});

const shape = z.looseObject({
  kind: z.string(),
  result: z.looseObject({ status: z.number(), out: z.object({ text: z.string() }), err: z.object({ text: z.string() }) }).optional(), // prettier-ignore
});
async function tried(command: string) {
  const { kind, result } = shape.parse(await run("shell.test", { ref: "main", command }));
  return { kind, status: result?.status, out: result?.out.text.trim(), err: result?.err.text.trim() };
}
/** Processes of this machine whose command line holds the word. */
const running = (word: string): readonly string[] =>
  readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(word);
    } catch {
      return false;
    }
  });
const yes = (condition: string): string => `${condition} && echo escaped || echo held`;

describe("X12, X14, invariant 29: ways out of a doer's sandbox, by shell.test", () => {
  it.each<[string, string]>([
    ["a file of the host, by its name", yes(`cat ${outside} 2>/dev/null`)],
    ["files of the host, through links in the tree", yes("cat links/host links/up links/root/etc/passwd links/root/root/.ssh/id_rsa 2>/dev/null")],
    ["a file of the host, through a link that the tests make", yes(`ln -s ${outside} made && cat made 2>/dev/null`)],
    ["the folder of keys, of sockets, of checkouts", yes(`ls ${t.keysDir} /var/lib /run /root /home /tmp/countersign-* 2>/dev/null | grep .`)],
    ["a write to the program, to Node, to the system", yes("for f in /usr/bin/x /in/x /in/node/x /in/repository/x /etc/x /x; do ( : > $f ) 2>/dev/null && echo $f; done | grep .")],
    ["a hook of the repository that git would run next", yes("( echo 'echo mine' > /in/repository/hooks/post-checkout ) 2>/dev/null")],
    ["that hook through a link in the tree", yes("( echo 'echo mine' > links/hook ) 2>/dev/null")],
    ["the configuration of the repository that was fetched", yes("git --git-dir=/in/repository config core.fsmonitor 'echo mine' 2>/dev/null")],
    ["a credential of the fetch, in its configuration or its remotes", yes("grep -riE 'token|authorization|extraheader|https?://' /in/repository/config /in/repository/FETCH_HEAD 2>/dev/null")],
    ["the doer's environment", yes(`env | grep -v ^COUNTERSIGN_COMMAND= | grep -E '${OWN}|DATABASE|CLAIM|TOKEN|KEYS_DIR|LEASE'`)],
    ["environments through procfs", yes("cat /proc/*/environ links/environ 2>/dev/null | grep -a .")],
    ["other processes through procfs", yes("ls /proc/1/root /proc/1/fd /proc/1/cwd 2>/dev/null | grep .")],
    ["a procfs of its own", yes("mkdir p && mount -t proc proc p 2>/dev/null")],
    ["a namespace of its own", yes("unshare -Urmn true 2>/dev/null")],
    ["another user, root above all", yes("su -c id 2>/dev/null || sudo -n id 2>/dev/null || test $(id -u) = 0")],
    ["a device", yes("mknod d b 8 0 2>/dev/null || ls /dev/sd* /dev/vd* /dev/nvme* /dev/mem 2>/dev/null | grep .")],
    ["a terminal of the doer's", yes("( : > /dev/tty ) 2>/dev/null")],
    ["a file that is set to another user's rights", yes("cp /bin/sh s && chmod 4755 s && test $(./s -c 'id -u') != 65534")],
    ["the network, by name", yes("getent hosts example.com github.com localhost.localdomain 2>/dev/null | grep -v '^127\\|^::1'")],
  ])("%s", async (_, command) => {
    expect(await tried(command)).toMatchObject({ kind: "done", status: 0, out: "held" });
  }); // prettier-ignore

  it("a server of this machine: the lease's proxy, the database, the doer's own socket", async () => {
    const { port, hits, close } = await countedServer();
    const { out } = await tried(
      `for p in ${port} ${new URL(t.urls.doer).port}; do bash -c "(exec 3<>/dev/tcp/127.0.0.1/$p) 2>/dev/null && echo escaped"; done; node -e 'require("net").connect("${join(t.keysDir, "doer.sock")}").on("error", (e) => console.log(e.code))'; echo held`,
    );
    close();
    expect(out).toMatch(/^(?:E[A-Z]+\n)?held$/);
    expect(hits).toEqual([]);
  });

  it.runIf(process.arch === "x64")("ptrace, and another process's memory", async () => {
    // PTRACE_ATTACH (16) and process_vm_readv, of its own first process and of its own parent.
    const perl = `perl -e 'for my $n (101, 310) { for my $p (1, getppid()) { $! = 0; my $r = syscall($n, $n == 101 ? 16 : $p, $p, 0, 0, 0, 0); print $r == -1 && $! == 1 ? "held\\n" : "escaped\\n" } }'`;
    expect(await tried(perl)).toMatchObject({ status: 0, out: "held\nheld\nheld\nheld" });
  });

  it("a fork bomb: it is ended within its time, the doer answers, and none of it is left", async () => {
    const word = "fork-bomb-of-the-doers-test";
    const { kind, status, out } = await tried(
      `: ${word}; bomb() { bomb | bomb & }; bomb 2>/dev/null; sleep 3; echo still here`,
    );
    expect({ kind, status, out }).toEqual({ kind: "done", status: 0, out: "still here" });
    await expect.poll(() => running(word), { timeout: 5_000 }).toEqual([]);
  });

  it("a process that is to outlive its tests", async () => {
    const word = "left-behind-by-the-doers-test";
    expect(await tried(`(setsid sh -c ': ${word}; sleep 300' >/dev/null 2>&1 &) ; echo done`)).toMatchObject({
      kind: "done",
      out: "done",
    });
    await expect.poll(() => running(word), { timeout: 5_000 }).toEqual([]);
  });

  it("memory, and what it may write: it is told no, and the doer goes on", async () => {
    const { kind } = await tried("dd if=/dev/zero of=full bs=1M count=100000 2>/dev/null; echo $?");
    expect(kind).toMatch(/done|refused/);
    expect(await tried("head -c 100000000000 /dev/zero | tail 2>/dev/null; echo held")).toMatchObject({ out: "held" });
  });

  it("an output that would fill the answer is cut, from its end", async () => {
    const { kind, out } = await tried("i=0; while [ $i -lt 30000 ]; do echo line $i; i=$((i+1)); done");
    if (kind === "done") expect(out?.endsWith("line 29999")).toBe(true);
    expect((out ?? "").length).toBeLessThanOrEqual(48 * 1024);
  });

  it("what a test wrote is nowhere: not in the next run, not in the repository, not on the host", async () => {
    await tried("echo mine > kept; echo mine > /tmp/kept; git init -q . 2>/dev/null; echo x > README.md");
    expect(await tried("ls kept /tmp/kept 2>/dev/null; cat README.md")).toMatchObject({ out: "hello" });
    expect(existsSync("/tmp/kept")).toBe(false);
    expect(await git(bare, "log", "--oneline", "--all")).toMatch(/^\w+ first$/);
    expect(readdirSync(root).filter((name) => name.startsWith("countersign-checkout"))).toEqual([]);
  }); // prettier-ignore

  it("X14 every lease is over, nothing was a fault of the doer's", async () => {
    expect(await leases.open(acme.id)).toEqual([]);
    expect(lab.faults).toEqual([]);
  });
});
