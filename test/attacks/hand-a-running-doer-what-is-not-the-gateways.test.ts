// Whoever reaches the queue, the socket or the topic puts into it what the gateway has not signed, or has signed for something else. Against
// the doer as it runs: its own process, its own login, its own eyes on the log and on what people said. Nothing of it may run.

import { generateKeyPairSync, randomBytes, sign as ed25519 } from "node:crypto";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signedText, type SignedPacket } from "#gateway";
import { approvalId, installationId, repoName, repositoryId } from "#kernel";
import { agreements } from "../doer/support/agreed.ts";
import { mockKafka, sendBeside } from "../doer/support/kafka.ts";
import { doerLab, newCall } from "../doer/support/lab.ts";
import { leaseSocketOf, startDoerProcess } from "../doer/support/process.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { freePort } from "../support/free-port.ts";

const t = await testDatabase();
const lab = doerLab(t);
const acme = await t.tenant("acme", 1);
const globex = await t.tenant("globex", 2);
const { agreed } = agreements(t, acme);
const known = <T>(value: T | null): T => value ?? expect.unreachable();
const SHOP = { id: known(repositoryId(7)), name: known(repoName("acme/shop")), installation: known(installationId(1)) };
const TOPIC = "packets";
const socket = join(t.keysDir, "doer.sock");
const { brokers } = await mockKafka(TOPIC);

/** Where every tool of the test would have to go first. */
let leasesAsked = 0;
const leases = createServer((line) => {
  leasesAsked += 1;
  line.destroy();
});
await new Promise<void>((resolve) => leases.listen(leaseSocketOf(t), resolve));
afterAll(() => leases.close());

type Sent = { readonly tenant: TestTenant; readonly sealed: Uint8Array };
const message = ({ tenant, sealed }: Sent): string =>
  JSON.stringify({ tenant: tenant.id, sealed: Buffer.from(sealed).toString("base64url") });

const post = (body: string, at = socket): Promise<number> =>
  new Promise((resolve, reject) => {
    const asked = request({ socketPath: at, path: "/packet", method: "POST", headers: { "content-type": "application/json" } }); // prettier-ignore
    asked.once("response", (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.once("error", reject);
    asked.end(body);
  });

const PORT = await freePort();
const postTo = async (url: string, body: string): Promise<number> =>
  (await fetch(url, { method: "POST", body })).status;

/** As the gateway's own login has it, and whoever has that. */
const enqueue = ({ tenant, sealed }: Sent): Promise<unknown> =>
  t.adminSql("insert into doer.packet (tenant_id, sealed) values ($1, $2)", [tenant.id, Buffer.from(sealed)]);

const rejections = async (): Promise<number> =>
  (await t.adminSql("select 1 from audit.entry where convert_from(leaf, 'utf8') like '%\"doer.signature_rejected\"%'")).length; // prettier-ignore
const executions = (): Promise<readonly unknown[]> => t.adminSql("select call_id, kind from doer.execution where kind is distinct from 'refused'"); // prettier-ignore

const sealed = async (signed: SignedPacket, tenant = acme): Promise<Sent> => ({ tenant, sealed: await lab.seal(tenant, signed) }); // prettier-ignore
const forged = async (change: (packet: ReturnType<typeof lab.packetOf>) => object): Promise<Sent> =>
  sealed(await lab.forge(acme, change(lab.packetOf(await lab.sign(acme)))));
const aged = (ms: number, life = 60_000) =>
  forged((packet) => ({ ...packet, iat: packet.iat - ms, exp: packet.iat - ms + life }));
const sqlOnKey = (kid: string, change: string) => t.adminSql(`update packets.signing_key set ${change} where kid = $1`, [kid]); // prettier-ignore

/** A sentence, what the log says of it, and how it is made. */
const ATTACKS: readonly (readonly [string, string, () => Promise<Sent>])[] = [
  ["forged: signed with a key of the thief's own, under the tenant's key id", "signature", async () => {
    const signed = await lab.sign(acme);
    const { privateKey } = generateKeyPairSync("ed25519");
    return sealed({ ...signed, sig: ed25519(null, signedText(signed.bytes), privateKey) });
  }],
  ["a key id that is nobody's", "key_unknown", async () => sealed({ ...(await lab.sign(acme)), kid: "0".repeat(32) })],
  ["another tenant's key id", "key_unknown", async () => {
    await lab.sign(globex);
    return sealed({ ...(await lab.sign(acme)), kid: (await lab.forge(globex, {})).kid });
  }],
  ["re-encoded: a space that means nothing, under a right signature", "unreadable", async () => {
    const { bytes } = await lab.sign(acme);
    return sealed(await lab.forge(acme, Buffer.from(Buffer.from(bytes).toString().replace('"v":1', '"v": 1'))));
  }],
  ["re-encoded: the same member twice", "unreadable", async () => {
    const { bytes } = await lab.sign(acme);
    return sealed(await lab.forge(acme, Buffer.from(Buffer.from(bytes).toString().replace('"v":1', '"v":1,"v":1'))));
  }],
  ["of another tenant, genuine, sealed under this one's key", "tenant", async () => sealed(await lab.sign(globex))],
  ["of another tenant, as it was sealed there", "envelope", async () => ({ ...(await sealed(await lab.sign(globex), globex)), tenant: acme })],
  ["noise", "envelope", async () => ({ tenant: acme, sealed: randomBytes(200) })],
  ["an intent that the log does not have", "intent", () => forged((packet) => ({ ...packet, intent: "01ff0000-0000-7000-8000-000000000001", call: newCall() }))],
  ["other arguments under the hash that was decided", "arguments", () => forged((packet) => ({ ...packet, args: { repository: "acme/shop", ref: null, paths: ["SECRETS.md"] } }))],
  ["the rules of another build", "floor", () => forged((packet) => ({ ...packet, floor: "0".repeat(64) }))],
  ["its minute is over", "expired", () => aged(61_000)],
  ["good for 61 seconds", "lifetime", () => aged(0, 61_000)],
  ["of an hour that has not come", "early", () => aged(-3_600_000)],
  ["larger than a packet may be, in the smallest envelope", "unreadable", () => forged((packet) => ({ ...packet, args: { paths: ["x".repeat(2_100_000)] } }))],
]; // prettier-ignore

describe.each<[string, Readonly<Record<string, string>>, (sent: Sent) => Promise<unknown>]>([
  ["the queue", {}, enqueue],
  ["the socket", { DOER_SOCKET: socket }, async (sent) => expect(await post(message(sent))).toBe(202)],
  ["HTTP at an address", { DOER_LISTEN: `127.0.0.1:${PORT}` }, async (sent) => expect(await postTo(`http://127.0.0.1:${PORT}/packet`, message(sent))).toBe(202)], // prettier-ignore
  ["Kafka", { KAFKA_BROKERS: brokers.join(","), KAFKA_TOPIC: TOPIC }, (sent) => sendBeside(brokers, TOPIC, message(sent))], // prettier-ignore
])("X12, X13, invariants 11, 12, 13 and 14: by %s, against a running doer", (_, settings, send) => {
  const running = startDoerProcess(t, settings);
  beforeAll(() => running.ready);
  afterAll(() => void running.child.kill("SIGTERM"));

  /** The log says it once, and why. */
  async function isRejected(sent: Sent, because: string): Promise<void> {
    const before = await rejections();
    await send(sent);
    await expect.poll(rejections, { timeout: 20_000 }).toBe(before + 1);
    const [last] = (await lab.log(acme)).filter((line) => line.startsWith("doer.")).slice(-1);
    expect(last).toBe(`doer.signature_rejected refused ${because}`);
  }

  it.each(ATTACKS)("%s: refused, the log says %s, and nothing ran", async (__, because, make) => {
    await isRejected(await make(), because);
    expect(await executions()).toEqual([]);
    expect(leasesAsked).toBe(0);
  });

  it("its key was rotated away: revoked, or retired and its five minutes are over", async () => {
    const revoked = await lab.sign(acme);
    await lab.rotate(acme);
    await sqlOnKey(revoked.kid, "state = 'revoked', sealed = null, dek_id = null, believed_until = null");
    await isRejected(await sealed(revoked), "key_revoked");
    const retired = await lab.sign(acme);
    await lab.rotate(acme);
    await t.adminSql("alter table packets.signing_key disable trigger only_forward");
    await sqlOnKey(
      retired.kid,
      "ended_at = now() - interval '9 minutes', believed_until = now() - interval '4 minutes'",
    );
    await t.adminSql("alter table packets.signing_key enable trigger only_forward");
    await isRejected(await sealed(retired), "key_retired");
    expect(leasesAsked).toBe(0);
  });

  it("INVARIANT 14 a yes that nobody gave, one that the gateway has not taken, and one that was given for another call", async () => {
    const nobody = known(approvalId("01ff0000-0000-7000-8000-0000000000ff"));
    const untaken = await agreed({ taken: false });
    const taken = await agreed();
    const { call } = taken;
    for (const more of [
      { verdict: "YELLOW", approval: null } as const,
      { verdict: "YELLOW", approval: nobody } as const,
      untaken.decided,
      { ...taken.decided, call: newCall() },
    ]) {
      const signed = await lab.sign(acme, more);
      const asked = lab.packetOf(signed).call;
      await send(await sealed(signed));
      await expect.poll(() => t.adminSql("select kind from doer.execution where call_id = $1", [asked]), { timeout: 20_000 }).toEqual([{ kind: "refused" }]); // prettier-ignore
    }
    expect(await t.adminSql("select 1 from doer.execution where call_id = $1", [call])).toEqual([]);
    expect(leasesAsked).toBe(0);
  });

  it("INVARIANT 13 the genuine one is taken up, once: sent again it is a replay, and so is its approval under another nonce", async () => {
    const { decided } = await agreed();
    const genuine = await lab.sign(acme, { ...decided, repository: SHOP });
    const asked = leasesAsked;
    await send(await sealed(genuine));
    // It got as far as the broker of leases, which is what none of the others did.
    await expect.poll(() => leasesAsked, { timeout: 20_000 }).toBe(asked + 1);
    await expect.poll(() => t.adminSql("select kind from doer.execution where call_id = $1", [decided.call]), { timeout: 20_000 }).toMatchObject([{ kind: expect.stringMatching(/refused|failed/) }]); // prettier-ignore
    await isRejected(await sealed(genuine), "replayed");
    const again = { ...lab.packetOf(genuine), nonce: Buffer.alloc(32, 7).toString("base64url") };
    await isRejected(await sealed(await lab.forge(acme, again)), "replayed");
    expect(leasesAsked).toBe(asked + 1);
    leasesAsked = 0;
    await t.adminSql("alter table doer.execution disable trigger all");
    await t.adminSql("delete from doer.execution where kind = 'failed'");
    await t.adminSql("alter table doer.execution enable trigger all");
  });

  it("it still stands, and has said nothing of what it was sent", () => {
    expect(running.child.exitCode).toBe(null);
    expect(running.said()).not.toContain("SECRETS.md");
  });
});

it("X12 what is larger than an envelope, or none at all, is not even asked about", async () => {
  const running = startDoerProcess(t, { DOER_SOCKET: `${socket}.more` });
  await running.ready;
  const before = await rejections();
  const huge = { tenant: acme, sealed: Buffer.alloc(5 * 1024 * 1024) };
  await expect(enqueue(huge)).rejects.toThrow(/check constraint/);
  expect(await post(message(huge), `${socket}.more`)).toBe(413);
  for (const body of [
    "",
    "no packet",
    "{}",
    JSON.stringify({ tenant: acme.id }),
    JSON.stringify({ tenant: "acme", sealed: "AA" }),
  ])
    expect(await post(body, `${socket}.more`)).toBe(400);
  expect(await post(message({ ...huge, sealed: Buffer.alloc(1) }), `${socket}.more`)).toBe(202);
  await expect.poll(rejections, { timeout: 20_000 }).toBe(before + 1);
  running.child.kill("SIGTERM");
});

it("X12 by an address anybody may post: after a burst it says so, and no log is filled by it", async () => {
  const port = await freePort();
  const running = startDoerProcess(t, { DOER_LISTEN: `127.0.0.1:${port}` });
  await running.ready;
  const noise = message({ tenant: globex, sealed: randomBytes(200) });
  const answers = await Promise.all(
    Array.from({ length: 300 }, () => postTo(`http://127.0.0.1:${port}/packet`, noise)),
  );
  expect(new Set(answers)).toEqual(new Set([202, 429]));
  expect(answers.filter((status) => status === 202).length).toBeLessThan(200);
  running.child.kill("SIGTERM");
});
