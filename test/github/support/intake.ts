import { known, unknown } from "#kernel";
import type { Evidence, Work } from "#gate/io";
import type { GateIntake } from "#github";
import type { Permission } from "#gate";

/** A gate that only writes down what it was told. Holds behave as the real ones do. */
export function recordingIntake() {
  const evidence: Evidence[] = [];
  const work: Work[] = [];
  const withdrawn: number[] = [];
  const holds = new Map<string, Set<number>>();
  let permission: Permission | null = "write";
  const intake: GateIntake = {
    observed: async (_tx, seen) => void evidence.push(seen),
    request: async (_tx, wanted) => void work.push(wanted),
    async hold(_tx, pr, by) {
      const key = `${pr.repository.id}#${pr.number}`;
      const holders = holds.get(key) ?? new Set();
      holds.set(key, holders);
      if (holders.has(by.id)) return "already_held";
      holders.add(by.id);
      return "held";
    },
    async release(_tx, pr, by, all) {
      const holders = holds.get(`${pr.repository.id}#${pr.number}`);
      if (holders === undefined || holders.size === 0) return "not_held";
      if (all) holders.clear();
      else if (!holders.delete(by.id)) return "held_by_others";
      return "released";
    },
    withdraw: async (_tx, _pr, by) => void withdrawn.push(by.id),
    permission: async () => (permission === null ? unknown("503") : known(permission)),
    explain: async () => "**Fails**: no approval",
  };
  return {
    intake,
    evidence,
    work,
    withdrawn,
    holds,
    allow: (as: Permission | null) => {
      permission = as;
    },
    clear: () => {
      evidence.length = 0;
      work.length = 0;
      withdrawn.length = 0;
      holds.clear();
    },
  };
}
