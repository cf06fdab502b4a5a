// Vault's database engine and its leases, as far as documented and used: in front of the double of test/support/vault.ts.
// API: https://developer.hashicorp.com/vault/api-docs/secret/databases, https://developer.hashicorp.com/vault/api-docs/system/leases

import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Interference, Said, Seen } from "../../support/vault.ts";

const revokeShape = z.strictObject({ lease_id: z.string(), sync: z.boolean().optional() });
const say = (status: number, body?: unknown): Said => ({ status, body });

export function vaultLogins(tokens: ReadonlySet<string>) {
  const roles = new Set(["acme-reader", "globex-reader"]);
  const leases = new Map<string, { readonly username: string; readonly password: string }>();
  const held: { data: (made: Readonly<Record<string, unknown>>) => unknown } = { data: (made) => made };

  function creds(role: string): Said {
    if (!roles.has(role)) return say(400, { errors: [`unknown role: ${role}`] });
    const leaseId = `database/creds/${role}/${randomBytes(12).toString("base64url")}`;
    const login = {
      username: `v-token-${role}-${randomBytes(10).toString("hex")}`,
      password: `A1a-${randomBytes(12).toString("base64url")}`,
    };
    leases.set(leaseId, login);
    const made = { request_id: "r", lease_id: leaseId, renewable: true, lease_duration: 3600, data: login };
    return say(200, held.data(made));
  }

  return {
    leases,
    held,
    /** null: not of this engine. */
    answer(request: Seen): Interference {
      const { method, path } = request;
      const role = /^database\/creds\/([A-Za-z0-9_-]+)$/.exec(path)?.[1];
      const ours = role !== undefined || path.startsWith("sys/leases/") || path.startsWith("database/");
      if (!ours) return null;
      if (request.token === null || !tokens.has(request.token)) return say(403, { errors: ["permission denied"] });
      if (method === "GET" && role !== undefined) return creds(role);
      if (method === "POST" && path === "sys/leases/revoke") {
        const asked = revokeShape.parse(request.body);
        return leases.delete(asked.lease_id) ? say(204) : say(400, { errors: ["invalid lease"] });
      }
      return say(404, { errors: [] });
    },
  };
}
