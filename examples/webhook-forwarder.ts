// Posts every change of an access request to a URL as JSON. A restart goes on where the last run stopped.
import { createHmac } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { AppError, stateFromWire, type WatchEvent } from "@sallyport/api";
import { connectAs, readArguments, run } from "./connection-arguments.ts";

const usage = `
node webhook-forwarder.ts --url URL [--cursor-file FILE] [--secret-file FILE] [options]
Posts each change of an access request to a URL.

  --url URL                where to post
  --cursor-file FILE       where to keep the place in the stream of changes
  --secret-file FILE       signs each body: X-Signature is its HMAC-SHA256 in hex`;

await run(async (signal) => {
  const values = readArguments(usage, {
    url: { type: "string" },
    "cursor-file": { type: "string" },
    "secret-file": { type: "string" },
  });
  if (values.url === undefined) throw new AppError("BAD_PARAMETER", "say where to post: --url");
  const secretFile = values["secret-file"];
  const secret = secretFile === undefined ? undefined : (await readFile(secretFile, "utf8")).trim();
  await using client = await connectAs(values);

  const from = await readCursor(values["cursor-file"]);
  for await (const event of client.watch(["access_request"], { signal, from })) {
    if (event.type === "init" || event.type === "gap") console.log(event.type, event.cursor);
    const body = describe(event);
    if (body !== undefined) await post(values.url, JSON.stringify(body), secret, signal);
    await writeCursor(values["cursor-file"], event.cursor);
  }
});

function describe(event: WatchEvent): object | undefined {
  // After a gap the receiver cannot know what it missed: it is told so, and may list the requests itself.
  if (event.type === "gap") return { event: "gap", because: event.because };
  if (event.type === "delete") return { event: "deleted", id: event.name };
  if (event.type !== "put" || event.resource.case !== "AccessRequest") return undefined;
  const { Spec } = event.resource.value;
  return {
    event: "changed",
    id: event.name,
    user: Spec?.User,
    roles: Spec?.Roles,
    state: Spec && stateFromWire(Spec.State),
    reason: Spec?.RequestReason,
    answer: Spec?.ResolveReason,
  };
}

/** Posts until the receiver takes it, so that it may be told twice but never not at all. */
async function post(
  url: string,
  body: string,
  secret: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const signature =
    secret === undefined ? {} : { "x-signature": createHmac("sha256", secret).update(body).digest("hex") };
  const headers = { "content-type": "application/json", ...signature };
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers,
        body,
        signal: AbortSignal.timeout(10_000),
      });
      await response.body?.cancel();
      if (response.ok) return;
      console.error(`${url} answered ${response.status}`);
    } catch (error) {
      console.error(`${url} cannot be reached: ${error instanceof Error ? error.message : error}`);
    }
    await pause(Math.min(30_000, 500 * 2 ** attempt), undefined, { signal });
  }
}

async function readCursor(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return (await readFile(file, "utf8")).trim();
  } catch {
    console.log(`${file} is not there yet: beginning now`);
    return undefined;
  }
}

async function writeCursor(file: string | undefined, cursor: string): Promise<void> {
  if (file === undefined) return;
  await writeFile(`${file}.new`, `${cursor}\n`);
  await rename(`${file}.new`, file);
}
