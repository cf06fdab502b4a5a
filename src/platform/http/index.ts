export { readCapped } from "./body.ts";
export { createHttpApp, WEBHOOK_PATH, type HttpApp, type HttpEnv, type HttpOptions } from "./app.ts";
export { judgedAddress, onlyTo, type Judged, type Resolve } from "./judged-address.ts";
export { listen, mayListen, type Listening } from "./listen.ts";
export { callPrivately, listenPrivately, type ServedSocket } from "./private-socket.ts";
export { problem, type Problem, type ProblemCode } from "./problem.ts";
export { createRate, type Ask, type Rate } from "./rates.ts";
