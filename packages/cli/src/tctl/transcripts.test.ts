import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runTranscript } from "../testing/run-transcript.ts";
import { startDaemon } from "../testing/start-daemon.ts";

const transcripts = join(import.meta.dirname, "../../test");

for (const name of [
  "seed",
  "resources",
  "requests",
  "certificates",
  "rotation",
  "sign-formats",
  "workload-identity",
]) {
  test(`what ${name}.txt shows happens against a real daemon`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "tctl-"));
    try {
      await using daemon = await startDaemon(join(folder, "daemon"));
      const text = await readFile(join(transcripts, `${name}.txt`), "utf8");
      await runTranscript(text, folder, { SALLYPORT_DATA_DIR: daemon.dataDir, ADDRESS: daemon.address });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}
