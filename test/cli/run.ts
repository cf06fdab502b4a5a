// The command line as a process of its own, without the composition root.
import { run } from "#cli";

process.exitCode = await run(process.argv.slice(2));
