import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { instantOfMillis, type Instant } from "#kernel";
import type { LeaseProvider, LeaseProviders, LeaseRequest, Minted } from "#leases";
import {
  createLeaseBroker,
  createLeaseRecord,
  openLeaseSpool,
  type LeaseBroker,
  type LeaseRecord,
  type LeaseSpool,
} from "#leases/io";
import { createDatabase } from "#platform/postgres";
import type { TestDatabase, TestTenant } from "./database.ts";

/** Both clocks, and pauses that end when the time that they wait for is advanced over. */
export function leaseTime() {
  let monotonic = 1_000_000;
  let wall = Date.parse("2026-11-21T12:00:00Z");
  let waiting: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    monotonic: () => monotonic,
    wall: (): Instant => instantOfMillis(wall),
    pause: (ms: number): Promise<void> => new Promise((wake) => void waiting.push({ at: monotonic + ms, wake })),
    advance(ms: number): void {
      monotonic += ms;
      wall += ms;
      const due = waiting.filter(({ at }) => at <= monotonic);
      waiting = waiting.filter(({ at }) => at > monotonic);
      for (const { wake } of due) wake();
    },
    setWall(by: number): void {
      wall += by;
    },
  };
}
export type LeaseTime = ReturnType<typeof leaseTime>;

interface Given {
  readonly living: ReadonlySet<string>;
  readonly minted: string[];
  /** What the next calls do before their work. */
  mint: null | ((request: LeaseRequest) => Promise<void>);
  revoke: null | (() => Promise<void>);
  revokes: number;
  endsAt: Instant | null;
}

/** A provider that remembers which of its credentials live. */
export function fakeProvider() {
  const living = new Set<string>();
  let made = 0;
  const given: Given = { living, minted: [], mint: null, revoke: null, revokes: 0, endsAt: null };
  const provider: LeaseProvider = {
    async mint(request) {
      await given.mint?.(request);
      const token = `ghs_1234_${"x".repeat(20)}.${String((made += 1)).padStart(6, "0")}`;
      living.add(token);
      given.minted.push(token);
      return { kind: "minted", minted: { credential: { kind: "token", token }, revocation: {}, endsAt: given.endsAt } };
    },
    async revoke(_request: LeaseRequest, { credential }: Minted) {
      given.revokes += 1;
      await given.revoke?.();
      if (credential.kind === "token") living.delete(credential.token);
    },
  };
  return Object.assign(given, { provider });
}
export type FakeProvider = ReturnType<typeof fakeProvider>;

export interface LeaseLab {
  readonly time: LeaseTime;
  readonly fake: FakeProvider;
  readonly providers: LeaseProviders;
  readonly record: LeaseRecord;
  readonly directory: string;
  readonly faults: unknown[];
  readonly alarms: string[];
  /** A broker on the same directory and database: the one after a crash. `with`: what it is given instead. */
  start(with_?: {
    readonly record?: LeaseRecord;
    readonly spool?: LeaseSpool;
    readonly providers?: LeaseProviders;
  }): Promise<LeaseBroker>;
  spool(): Promise<LeaseSpool>;
  request(tenant: TestTenant, more?: Partial<LeaseRequest>): LeaseRequest;
}

export async function leaseLab(t: TestDatabase): Promise<LeaseLab> {
  const directory = mkdtempSync(join(tmpdir(), "countersign-leases-"));
  const database = createDatabase({
    url: t.urls.broker,
    claimKey: t.claimKey,
    login: "lease broker",
    maxConnections: 6,
  });
  const time = leaseTime();
  const fake = fakeProvider();
  const faults: unknown[] = [];
  const alarms: string[] = [];
  afterAll(async () => {
    await database.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const open = (): Promise<LeaseSpool> => openLeaseSpool(join(directory, "spool"), t.kms);
  const { broker } = await open();
  const record = createLeaseRecord({ database, append: t.append, broker });
  const providers: LeaseProviders = { github: fake.provider, database: fake.provider, vault: null };
  return {
    time,
    fake,
    providers,
    record,
    directory,
    faults,
    alarms,
    spool: open,
    async start(instead = {}) {
      const started = createLeaseBroker({
        record: instead.record ?? record,
        spool: instead.spool ?? (await open()),
        providers: instead.providers ?? providers,
        clock: time,
        events: {
          onFault: (error) => void faults.push(error),
          onIrrevocable: (lease) => void alarms.push(lease.row?.lease ?? "?"),
        },
        proxy: () => "http://127.0.0.1:1",
      });
      await started.recover();
      return started;
    },
    request: (tenant, more = {}) => ({
      tenant: tenant.id,
      run: "run-1",
      purpose: "repo.propose",
      seconds: 60,
      scope: { kind: "database", name: "DATABASE_URL" },
      ...more,
    }),
  };
}
