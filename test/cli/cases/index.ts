// The rows of the design's case table that one document can express, with a few neighbours of each.

import { APPROVAL_CASES } from "./approvals.ts";
import { BRANCH_CASES } from "./branches.ts";
import type { Case } from "./shape.ts";

export const CASES: readonly Case[] = [...APPROVAL_CASES, ...BRANCH_CASES];
