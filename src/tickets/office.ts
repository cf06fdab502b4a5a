// Where a client has said nothing of its hours of work, these count.

import { millis, type Millis } from "#kernel";
import type { Calendar } from "./calendar.ts";

const OFFICE = [{ from: "09:00", to: "17:00" }] as const;

export const OFFICE_HOURS: Calendar = {
  zone: "UTC",
  week: {
    monday: OFFICE,
    tuesday: OFFICE,
    wednesday: OFFICE,
    thursday: OFFICE,
    friday: OFFICE,
    saturday: [],
    sunday: [],
  },
  holidays: [],
};

/** One day of work. */
export const TARGET: Millis = millis(8 * 3_600_000);
