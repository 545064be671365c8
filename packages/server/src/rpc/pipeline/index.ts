// The pipeline that every call goes through: who is calling, may they, for how long, what do they ask, what went wrong.
export type { AccessDecision } from "./decide-access.ts";
export { Pipeline } from "./pipeline.ts";
export { createRefusalCounter, type RefusalCounter } from "./refusal-counter.ts";
export { type Refusal, type RefusalOptions, Refusals } from "./refusals.ts";
export { type StepTools, steps } from "./steps.ts";
