// What the App itself may do to an installation of its own, with its JWT: shut it, open it again, uninstall itself. Who calls asks
// for the state afterwards: one that is gone is no error here.

import { z } from "zod";
import { installationId, type InstallationId } from "#kernel";
import type { GitHub } from "./types.ts";

export type InstallationState = "active" | "suspended" | "gone";

export interface Installations {
  /** GitHub's own answer, now. */
  state(installation: InstallationId): Promise<InstallationState>;
  /** All of the App's, suspended ones too. */
  list(): Promise<readonly InstallationId[]>;
  suspend(installation: InstallationId): Promise<void>;
  unsuspend(installation: InstallationId): Promise<void>;
  /** Final: one that is installed again has another number. */
  remove(installation: InstallationId): Promise<void>;
}

const PAGE = 100;
const listed = z.array(z.object({ id: z.number() }));
const shape = z.object({ suspended_at: z.string().nullish() });

export function installationsOf(github: Pick<GitHub, "app">): Installations {
  const change = async (route: string, installation: InstallationId): Promise<void> => {
    await github.app().rest(route, { installation_id: installation }, [404]);
  };
  return {
    async state(installation) {
      const route = "GET /app/installations/{installation_id}";
      const answer = await github.app().rest(route, { installation_id: installation }, [404]);
      if (answer.status === 404) return "gone";
      return (shape.parse(answer.data).suspended_at ?? null) === null ? "active" : "suspended";
    },
    async list() {
      const found: InstallationId[] = [];
      for (let page = 1; ; page += 1) {
        const answer = await github.app().rest("GET /app/installations", { per_page: PAGE, page });
        const rows = listed.parse(answer.data);
        found.push(...rows.flatMap(({ id }) => installationId(id) ?? []));
        if (rows.length < PAGE) return found;
      }
    },
    suspend: (installation) => change("PUT /app/installations/{installation_id}/suspended", installation),
    unsuspend: (installation) => change("DELETE /app/installations/{installation_id}/suspended", installation),
    remove: (installation) => change("DELETE /app/installations/{installation_id}", installation),
  };
}
