// Dovecot, a real IMAP server, over TLS with an authority of its own, and an SMTP server that drops what it gets into the same mailbox.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { SMTPServer } from "smtp-server";
import { openDirectory } from "./directory.ts";
import { freePort } from "./free-port.ts";

const USER = "help@acme.example";
const PASSWORD = "p@ss/word";
/** Not everybody has it on PATH. */
const env = { ...process.env, PATH: `${process.env["PATH"] ?? ""}${delimiter}/usr/sbin` };

export interface Dovecot {
  /** `imaps://`, by the name of its certificate. */
  readonly url: string;
  /** By a name that its certificate has not. */
  readonly otherName: string;
  /** The certificate of its authority. */
  readonly authority: string;
  /** Where mail for it is sent. */
  readonly smtpPort: number;
  /** Names of files in the mailbox, which have its flags in them: what has changed it shows there. */
  readonly files: () => readonly string[];
  close(): Promise<void>;
}

function certificates(at: string): void {
  const openssl = (...args: readonly string[]): void =>
    void execFileSync("openssl", args, { cwd: at, stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"] as const;
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "2",
    "-subj",
    "/CN=An authority of our own",
  );
  openssl("req", ...key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost");
  writeFileSync(join(at, "names"), "subjectAltName=DNS:localhost\n");
  openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "server.pem", "-days", "2", "-extfile", "names"); // prettier-ignore
}

export async function dovecot(): Promise<Dovecot> {
  const at = openDirectory("dovecot");
  const mail = join(at, "mail");
  certificates(at);
  for (const folder of ["", "new", "cur", "tmp"]) mkdirSync(join(mail, folder));
  const isRoot = process.getuid?.() === 0;
  const owner = isRoot
    ? { uid: Number(execFileSync("id", ["-u", "nobody"])), gid: Number(execFileSync("id", ["-g", "nobody"])) }
    : { uid: userInfo().uid, gid: userInfo().gid };
  for (const folder of ["", "new", "cur", "tmp"]) chownSync(join(mail, folder), owner.uid, owner.gid);
  const me = userInfo().username;
  const port = await freePort();
  writeFileSync(
    join(at, "conf"),
    `base_dir = ${at}/run
state_dir = ${at}/state
log_path = ${at}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <${at}/server.pem
ssl_key = <${at}/server.key
mail_location = maildir:${mail}
first_valid_uid = 1
${isRoot ? "" : `default_internal_user = ${me}\ndefault_login_user = ${me}\n`}
passdb {
  driver = static
  args = password=${PASSWORD}
}
userdb {
  driver = static
  args = uid=${owner.uid} gid=${owner.gid} home=${mail}
}
service imap-login {
  chroot =
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = ${port}
    ssl = yes
  }
}
service anvil {
  chroot =
}
`,
  );
  const server = spawn("dovecot", ["-F", "-c", join(at, "conf")], { env, stdio: "ignore" });
  const ended = once(server, "close");
  await listening(port);

  let dropped = 0;
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    onData(stream, _, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const file = join(mail, "new", `${Date.now()}.${process.pid}_${(dropped += 1)}.localhost`);
        writeFileSync(file, Buffer.concat(chunks));
        chownSync(file, owner.uid, owner.gid);
        done();
      });
    },
  });
  const smtpPort = await freePort();
  await new Promise<void>((resolve) => void smtp.listen(smtpPort, "127.0.0.1", resolve));
  const login = `${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}`;
  return {
    url: `imaps://${login}@localhost:${port}/INBOX`,
    otherName: `imaps://${login}@127.0.0.1:${port}/INBOX`,
    authority: join(at, "ca.pem"),
    smtpPort,
    files: () => ["new", "cur"].flatMap((folder) => readdirSync(join(mail, folder))),
    async close() {
      await new Promise<void>((resolve) => smtp.close(resolve));
      server.kill("SIGTERM");
      await ended;
      rmSync(at, { recursive: true, force: true });
    },
  };
}

async function listening(port: number): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    const socket = connect(port, "127.0.0.1");
    const there = await Promise.race([once(socket, "connect").then(() => true), once(socket, "error").then(() => false)]).catch(() => false); // prettier-ignore
    socket.destroy();
    if (there) return;
    await pause(50);
  }
  throw new Error("Dovecot does not listen.");
}
