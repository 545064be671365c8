// What others build on: the service in a process, for testkit.
export { type Config, loadConfig } from "./config/index.ts";
export { type Clock, systemClock } from "./kernel/clock.ts";
export { createLifecycle, type Lifecycle } from "./kernel/lifecycle.ts";
export { createLogger, type Logger, silentLogger } from "./kernel/logger.ts";
export { type AuthServer, type StartOptions, startAuth } from "./start-auth.ts";
export * from "./storage/index.ts";
