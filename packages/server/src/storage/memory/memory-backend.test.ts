import { backendContract } from "@sallyport/testkit/backend-contract";
import { MemoryBackend } from "./memory-backend.ts";

backendContract("memory", async () => ({
  durable: false,
  open: async (options) => new MemoryBackend(options),
  destroy: async () => {},
}));
