export { createAgentSurface, type AgentSurfaceParts } from "./agents.ts";
