import type { DerReader } from "../der/der-reader.ts";
import { decodeOid } from "../der/oid.ts";
import { tag } from "../der/tag.ts";
import { X509Error } from "../x509-error.ts";
import type { Extension } from "./extension.ts";

const maxExtensions = 64;

/** Reads the members of an Extensions sequence; one that stands twice is refused (RFC 5280 section 4.2). */
export function parseExtensions(list: DerReader): Extension[] {
  const extensions: Extension[] = [];
  const seen = new Set<string>();
  while (!list.done) {
    const extension = parseExtension(list.enter());
    if (seen.has(extension.oid)) throw new X509Error("MALFORMED", `extension ${extension.oid} stands twice`);
    if (seen.add(extension.oid).size > maxExtensions) {
      throw new X509Error("TOO_LARGE", "there are too many extensions");
    }
    extensions.push(extension);
  }
  return extensions;
}

function parseExtension(reader: DerReader): Extension {
  const oid = decodeOid(reader.read(tag.oid).content);
  const flag = reader.readOptional(tag.boolean)?.content;
  if (flag !== undefined && (flag.length !== 1 || flag[0] !== 0xff)) {
    throw new X509Error("MALFORMED", `the critical flag of extension ${oid} is malformed`);
  }
  const value = reader.read(tag.octetString).content;
  reader.end();
  return { oid, critical: flag !== undefined, value };
}
