import type { ExportTo } from "./export.ts";
import { createTracing } from "./tracing.ts";
import type { Tracing } from "./types.ts";

/** `to` null: nobody configured an exporter, and none is loaded. One that cannot be loaded is said, and traces are kept all the same. */
export async function openTracing(to: ExportTo | null, onProblem: (error: unknown) => void): Promise<Tracing> {
  if (to === null) return createTracing({ sink: null });
  try {
    const { openExport } = await import("./export.ts");
    return createTracing({ sink: await openExport(to) });
  } catch (error) {
    onProblem(error);
    return createTracing({ sink: null });
  }
}
