// Leases as the proxy sees them, with a clock that a test turns.

import { randomBytes, randomUUID } from "node:crypto";
import { expect } from "vitest";
import { installationId, millis, repoName, repositoryId, tenantId, type TenantId } from "#kernel";
import type { LeaseId, LeaseRequest, LeaseScope, LiveLeases, Minted } from "#leases";

const isLease = (_: string): _ is LeaseId => true;
export const newLease = (): LeaseId => {
  const id: string = randomUUID();
  return isLease(id) ? id : expect.unreachable();
};
const known = <T>(value: T | null): T => value ?? expect.unreachable();

export const ACME: TenantId = known(tenantId("01ff0000-0000-7000-8000-00000000000a"));
export const GLOBEX: TenantId = known(tenantId("01ff0000-0000-7000-8000-00000000000b"));

/** As GitHub makes them since April 2026: long, with dots. */
export const newToken = (): string =>
  `ghs_123_${[120, 200, 90].map((size) => randomBytes(size).toString("base64url")).join(".")}`;

interface Given {
  readonly tenant?: TenantId;
  readonly id?: number;
  readonly name?: string;
  readonly permissions?: Readonly<Record<string, "read" | "write">>;
  readonly scope?: LeaseScope;
  readonly minted?: Minted;
}

export function liveLeases() {
  const clock = { now: 0 };
  const leases = new Map<string, { lease: LeaseId; request: LeaseRequest; minted: Minted; until: number }>();
  const live: LiveLeases = {
    use(handle) {
      const found = leases.get(handle);
      if (found === undefined || clock.now >= found.until) return { kind: "dead" };
      const { lease, request, minted, until } = found;
      return { kind: "live", lease, request, minted, remaining: millis(until - clock.now) };
    },
  };
  return {
    live,
    clock,
    give(given: Given = {}): { readonly handle: string; readonly token: string } {
      const id = known(repositoryId(given.id ?? 7));
      const token = newToken();
      const handle = randomBytes(32).toString("base64url");
      leases.set(handle, {
        lease: newLease(),
        request: {
          tenant: given.tenant ?? ACME,
          run: randomUUID(),
          purpose: "repo.propose",
          scope: given.scope ?? {
            kind: "github",
            installation: known(installationId(1)),
            repositories: [id],
            permissions: given.permissions ?? { metadata: "read", contents: "write", pull_requests: "write" },
          },
          seconds: 60,
        },
        minted: given.minted ?? {
          credential: { kind: "token", token },
          revocation: {},
          endsAt: null,
          repositories: [{ id, name: known(repoName(given.name ?? "acme/shop")) }],
        },
        until: clock.now + 60_000,
      });
      return { handle, token };
    },
    finish: (handle: string): boolean => leases.delete(handle),
  };
}
