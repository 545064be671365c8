import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backendContract } from "@sallyport/testkit/backend-contract";
import { openSqlite } from "./sqlite-backend.ts";

backendContract("sqlite", async () => {
  const directory = await mkdtemp(join(tmpdir(), "storage-"));
  const path = join(directory, "data.db");
  return {
    durable: true,
    open: ({ clock, logEntries }) =>
      openSqlite({ path, clock, log: logEntries === undefined ? {} : { entries: logEntries } }),
    destroy: () => rm(directory, { recursive: true }),
  };
});
