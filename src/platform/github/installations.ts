// What the App itself may do to an installation of its own, with its JWT: shut it, open it again, uninstall itself. Who calls asks
// for the state afterwards: one that is gone is no error here.

import { z } from "zod";
import type { InstallationId } from "#kernel";
import type { GitHub } from "./types.ts";

export type InstallationState = "active" | "suspended" | "gone";

export interface Installations {
  /** GitHub's own answer, now. */
  state(installation: InstallationId): Promise<InstallationState>;
  suspend(installation: InstallationId): Promise<void>;
  unsuspend(installation: InstallationId): Promise<void>;
  /** Final: one that is installed again has another number. */
  remove(installation: InstallationId): Promise<void>;
}

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
    suspend: (installation) => change("PUT /app/installations/{installation_id}/suspended", installation),
    unsuspend: (installation) => change("DELETE /app/installations/{installation_id}/suspended", installation),
    remove: (installation) => change("DELETE /app/installations/{installation_id}", installation),
  };
}
