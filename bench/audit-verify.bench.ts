// The verifier's figures. `--smoke`: a small log, and only what no other load can change is held against its budget.
//
// From files: processor time of the whole verification of an exported directory (bodies, chain, tree), beside that of SHA-256 alone: the
// same pieces of bytes that this verification hashed (each leaf, body, link of the chain and node of the tree), one call for each, with
// the same node:crypto function. Interleaved rounds, the medians of both; processor time, since others may use the machine.
// From PostgreSQL: wall time of everything, bodies too, as the auditor's role. The next run: reads asked of the source for 1,000 new
// entries, over a large log and over a small one. A proof: raw hashes of an entry of a million in one of 1,000 tenants after
// seven years of epochs, and the time to check them.

import { join } from "node:path";
import { directorySource, sha256 } from "#audit/io";
import { migrate } from "#platform/postgres";
import {
  HASH_BYTES, inclusionRanges, leafHash, NOTHING_PINNED, nodeHash, verify, verifyInclusion, type LogSource, type Pinned, type Report,
  type Sha256,
} from "#verifier"; // prettier-ignore
import { bench, smoke, type Bench } from "./support/bench.ts";
import { median, rounded } from "./support/numbers.ts";
import { asFiles, sequencedLog, type SequencedLog } from "./support/sequenced-log.ts";

const asked = process.argv.find((argument) => argument.startsWith("--entries="))?.split("=")[1];
const ENTRIES = smoke ? 2_000 : Number(asked ?? 200_000);
const SMALL = smoke ? 500 : 10_000;
const NEW = 1_000;
const BODY_BYTES = 1_024;
const ROUNDS = smoke ? 1 : 9;
const BUDGET = { ratio: 0.7, millionSeconds: 10, proofBytes: 1_600, proofMs: 0.1, moreReads: 12 };
const LARGE_LOG = "0198c1d2-0000-7000-8000-00000000000a";
const SMALL_LOG = "0198c1d2-0000-7000-8000-00000000000b";

/** Milliseconds of this process's processor time, and by the clock. */
async function timed(work: () => unknown): Promise<{ readonly cpuMs: number; readonly ms: number }> {
  const [cpu, from] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1_000, ms: performance.now() - from };
}

async function verified(source: LogSource, pinned: Pinned, tenant: string, hash: Sha256 = sha256): Promise<Report> {
  const report = await verify(source, pinned, {
    sha256: hash,
    subtle: crypto.subtle,
    now: Date.now(),
    tenants: [tenant],
    bodies: true,
    full: false,
  });
  if (report.state !== "verified") throw new Error(JSON.stringify(report.verdicts));
  return report;
}

async function fromFiles(log: SequencedLog, folder: string) {
  const pinned = { ...NOTHING_PINNED, key: log.key };
  await asFiles(log.source(), SMALL_LOG, SMALL, 1, folder);
  const pieces: Uint8Array[] = [];
  await verified(directorySource(folder), pinned, SMALL_LOG, (bytes) => {
    pieces.push(bytes.slice());
    return sha256(bytes);
  });
  const bare: number[] = [];
  const whole: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push((await timed(() => pieces.forEach((piece) => sha256(piece)))).cpuMs);
    whole.push((await timed(() => verified(directorySource(folder), pinned, SMALL_LOG))).cpuMs);
  }
  return {
    entries: SMALL,
    piecesPerEntry: rounded(pieces.length / SMALL),
    bareSha256UsPerEntry: rounded((median(bare) * 1_000) / SMALL),
    verifyUsPerEntry: rounded((median(whole) * 1_000) / SMALL),
    ratio: rounded(median(bare) / median(whole)),
  };
}

async function fromPostgres(log: SequencedLog) {
  const pinned = { ...NOTHING_PINNED, key: log.key };
  const times: { readonly cpuMs: number; readonly ms: number }[] = [];
  for (let round = 0; round < Math.min(ROUNDS, 3); round++)
    times.push(await timed(() => verified(log.source(), pinned, LARGE_LOG)));
  const scale = 1_000_000 / ENTRIES / 1_000;
  return {
    entries: ENTRIES,
    secondsForAMillion: rounded(Math.min(...times.map(({ ms }) => ms)) * scale),
    ofThemVerifiersProcessorSeconds: rounded(Math.min(...times.map(({ cpuMs }) => cpuMs)) * scale),
  };
}

/** Reads asked and milliseconds for 1,000 new entries. */
async function nextRun(log: SequencedLog, tenant: string) {
  const pinned = { ...NOTHING_PINNED, key: log.key };
  const { held } = await verified(log.source(), pinned, tenant);
  await log.fill(tenant, NEW, BODY_BYTES);
  await log.sequence();
  let reads = 0;
  const source = log.source();
  const counted = new Proxy(source, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member === "function") reads += 1;
      return member;
    },
  });
  const { ms } = await timed(() => verified(counted, { ...pinned, held }, tenant));
  return { reads, ms: rounded(ms) };
}

function proof() {
  const hash = (n: number): Uint8Array => sha256(Uint8Array.of(n & 255, (n >> 8) & 255));
  const levels = [
    { size: 1_000_000, index: 654_321 },
    { size: 1_000, index: 321 },
    { size: 735_840, index: 300_000 },
  ];
  // The hashes beside the path are any; the root is what they give.
  const proofs = levels.map(({ size, index }) => {
    const hashes = inclusionRanges(index, size).map((_, n) => hash(n));
    const leaf = leafHash(sha256, hash(index));
    return { leaf, index, size, proof: hashes, root: rootFrom(leaf, index, size, hashes) };
  });
  const batches = Array.from({ length: 20 }, () => {
    const from = performance.now();
    for (let n = 0; n < 100; n++)
      for (const each of proofs) if (!verifyInclusion(sha256, each)) throw new Error("the proof is wrong");
    return (performance.now() - from) / 100;
  });
  const hashes = proofs.reduce((count, each) => count + each.proof.length, 0);
  return { hashes, rawBytes: hashes * HASH_BYTES, checkMs: rounded(Math.min(...batches)) };
}

/** RFC 9162, 2.1.3.2, solved for the root. */
function rootFrom(leaf: Uint8Array, index: number, size: number, hashes: readonly Uint8Array[]): Uint8Array {
  let [at, last, root] = [index, size - 1, leaf];
  for (const sibling of hashes) {
    if (at % 2 === 1 || at === last) {
      root = nodeHash(sha256, sibling, root);
      while (at % 2 === 0 && at !== 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    } else root = nodeHash(sha256, root, sibling);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return root;
}

await bench("audit-verify", run, { fsync: "off", max_wal_size: "2GB" });

async function run({ dir, postgres, overBudget, publish }: Bench): Promise<void> {
  await migrate(postgres);
  const log = await sequencedLog(postgres, [LARGE_LOG, SMALL_LOG]);
  await log.fill(LARGE_LOG, ENTRIES, BODY_BYTES);
  await log.fill(SMALL_LOG, SMALL, BODY_BYTES);
  await log.sequence();
  const files = await fromFiles(log, join(dir, "files"));
  const database = await fromPostgres(log);
  const [small, large] = [await nextRun(log, SMALL_LOG), await nextRun(log, LARGE_LOG)];
  const one = proof();
  await log.close();
  const figures = {
    bodyBytes: BODY_BYTES,
    files,
    database,
    nextRun: { newEntries: NEW, over: { [SMALL]: small, [ENTRIES]: large } },
    proof: one,
    budget: BUDGET,
  };
  console.log(JSON.stringify(figures, null, 2));
  publish(figures);
  if (one.rawBytes > BUDGET.proofBytes) overBudget(`a proof of ${one.rawBytes} bytes (${BUDGET.proofBytes})`);
  if (large.reads > small.reads + BUDGET.moreReads)
    overBudget(`${large.reads} reads for ${NEW} new entries, ${small.reads} in a small log`);
  // What another load on the machine can change is not held against it in the short form.
  if (smoke) return;
  if (files.ratio < BUDGET.ratio) overBudget(`from files at ${files.ratio.toFixed(2)} of SHA-256 (${BUDGET.ratio})`);
  if (database.secondsForAMillion > BUDGET.millionSeconds)
    overBudget(
      `a million entries from PostgreSQL in ${database.secondsForAMillion.toFixed(1)} s (${BUDGET.millionSeconds})`,
    );
  if (one.checkMs > BUDGET.proofMs) overBudget(`a proof checked in ${one.checkMs.toFixed(3)} ms (${BUDGET.proofMs})`);
}
