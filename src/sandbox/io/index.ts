export { probeSandbox } from "./probe.ts";
export { runInSandbox, type SandboxRun } from "./run.ts";
