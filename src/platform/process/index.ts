export { inherited, type ChildEnvironment } from "./environment.ts";
export { readProgram, runProgram, startProgram, startScript, type ChildProcess } from "./start.ts";
