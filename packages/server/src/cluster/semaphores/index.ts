// Semaphores: named places of which only so many can be held at once.
export { semaphoreRpcs } from "./rpc.ts";
export { openSemaphoreStore, type SemaphoreStore } from "./store.ts";
