import { encodeOid } from "../der/oid.ts";
import { contextConstructed, tag } from "../der/tag.ts";
import { element, octetString, sequence } from "../der/write-der.ts";
import { X509Error } from "../x509-error.ts";
import { type Extension, extensionOid } from "./extension.ts";
import { encodeExtKeyUsage } from "./key-usage.ts";

const smartCardLogon = "1.3.6.1.4.1.311.20.2.2";
const principalName = "1.3.6.1.4.1.311.20.2.3";
const accountMapping = "1.3.6.1.4.1.311.25.2";
const accountSid = "1.3.6.1.4.1.311.25.2.1";
const extKeyUsage = "2.5.29.37";

/** Which account of Active Directory a certificate logs in to. */
export interface SmartCardAccount {
  /** User principal name, `name@domain`. */
  readonly upn: string;
  /** Security identifier, `S-1-5-…`; domain controllers that map strongly refuse certificates without it. */
  readonly sid?: string | undefined;
}

/**
 * What a certificate request for a Windows smart card asks for: the purposes of logging in, the account as a
 * subject alternative name (MS-PKCA section 3.1.5.2), and its identifier (MS-WCCE section 2.2.2.7.7.4).
 *
 * @throws X509Error INVALID for a name or an identifier that is not one.
 */
export function smartCardExtensions({ upn, sid }: SmartCardAccount): Extension[] {
  if (!/^[^@\p{Cc}]{1,256}@[^@\p{Cc}\s]{1,256}$/u.test(upn)) {
    throw new X509Error("INVALID", `${JSON.stringify(upn.slice(0, 600))} is not of the form name@domain`);
  }
  const usages = encodeExtKeyUsage(["clientAuth", smartCardLogon]);
  const account = otherName(principalName, element(tag.utf8String, Buffer.from(upn, "utf8")));
  return [
    { oid: extKeyUsage, critical: false, value: usages },
    { oid: extensionOid.subjectAltNames, critical: false, value: sequence(account) },
    ...(sid === undefined ? [] : [mappingOf(sid)]),
  ];
}

function mappingOf(sid: string): Extension {
  if (!/^S-1(-\d{1,15}){2,16}$/.test(sid)) {
    throw new X509Error("INVALID", `${JSON.stringify(sid.slice(0, 200))} is not a security identifier`);
  }
  const value = sequence(otherName(accountSid, octetString(Buffer.from(sid, "latin1"))));
  return { oid: accountMapping, critical: false, value };
}

const otherName = (oid: string, value: Uint8Array): Buffer =>
  element(contextConstructed(0), encodeOid(oid), element(contextConstructed(0), value));
