// Faults at the ports, drawn like everything else: the next so many questions at a port are not answered, or are answered with what was
// done being lost on its way back.

import { Fault } from "#kernel";
import { DatabaseFault } from "#platform/postgres";

export const PORTS = [
  "database",
  "log",
  "keys",
  "switch",
  "breaker",
  "budgets",
  "screening",
  "rules",
  "github",
  "approvals",
  "agents",
  "trace export",
  "signer",
  "line to the doer",
  "line from the doer",
  "end of leases",
  "doer's database",
  "doer's log",
  "doer's keys",
  "doer's approvals",
  "lease broker",
  "tool",
] as const;
export type Port = (typeof PORTS)[number];

export interface Broken {
  readonly port: Port;
  readonly times: number;
  /** It does what it was asked, and nobody hears that it did. */
  readonly unheard: boolean;
}

const lost = (): Error => new DatabaseFault("database_unavailable", "The connection was lost.");
const noKeys = (): Error => new Fault("keys_unavailable", "The key store does not answer.");
/** What a port says that breaks in a way it knows of. Any other is a bug of ours. */
const KNOWN: Readonly<Partial<Record<Port, () => Error>>> = {
  database: lost,
  "doer's database": lost,
  keys: noKeys,
  "doer's keys": noKeys,
  github: () => new Fault("github_unavailable", "GitHub does not answer."),
  "lease broker": () => new Fault("broker_unavailable", "The broker does not answer."),
};
const faultAt = (port: Port): Error => KNOWN[port]?.() ?? new TypeError(`The port ${port} broke.`);

/** These answer at once. */
const SYNC: ReadonlySet<string | symbol> = new Set(["sign"]);
/** From memory alone: nothing that could break, and nothing is found where the port is broken. */
const MEMORY: ReadonlySet<string | symbol> = new Set(["cached"]);

export type Faults = ReturnType<typeof createFaults>;

export function createFaults(onBroke: (port: Port) => void) {
  const broken = new Map<Port, { left: number; readonly unheard: boolean }>();

  function strike(port: Port): { readonly unheard: boolean } | null {
    const found = broken.get(port);
    if (found === undefined) return null;
    found.left -= 1;
    if (found.left <= 0) broken.delete(port);
    onBroke(port);
    return found;
  }

  async function ask<T>(port: Port, work: () => T): Promise<Awaited<T>> {
    const struck = strike(port);
    if (struck === null) return await work();
    if (struck.unheard) await work();
    throw faultAt(port);
  }

  /** Of what answers at once. */
  function now(port: Port): void {
    if (strike(port) !== null) throw faultAt(port);
  }

  return {
    strike,
    ask,
    now,
    at: ({ port, times, unheard }: Broken): void => void broken.set(port, { left: times, unheard }),
    mend: (): void => broken.clear(),
    /** The same port, and it breaks. */
    of: <T extends object>(port: Port, real: T): T =>
      new Proxy(real, {
        get(target, key) {
          const own: unknown = Reflect.get(target, key);
          if (typeof own !== "function") return own;
          return (...args: unknown[]): unknown => {
            const work = (): unknown => Reflect.apply(own, target, args);
            if (MEMORY.has(key)) return broken.has(port) ? null : work();
            if (!SYNC.has(key)) return ask(port, work);
            now(port);
            return work();
          };
        },
      }),
    from:
      <Args extends readonly unknown[], T>(port: Port, work: (...args: Args) => Promise<T>) =>
      (...args: Args): Promise<T> =>
        ask<Promise<T>>(port, () => work(...args)),
  };
}
