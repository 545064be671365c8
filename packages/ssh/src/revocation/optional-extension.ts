import { SshError } from "../ssh-error.ts";
import type { WireReader } from "../wire/wire-reader.ts";

/** Passes over an extension, of a list or of a CA in it, that says it is optional; any other is refused. */
export function readOptionalExtension(body: WireReader): void {
  const name = body.text();
  const isCritical = body.bytes(1)[0] !== 0;
  body.string();
  body.end();
  if (!isCritical) return;
  const shown = JSON.stringify(name.slice(0, 64));
  throw new SshError("UNSUPPORTED", `the key revocation list needs the extension ${shown}, which is unknown`);
}
