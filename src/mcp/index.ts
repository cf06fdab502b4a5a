export { createAgentSurface, type AgentSurfaceParts } from "./agents.ts";
export { serveOverStdio } from "./stdio.ts";
