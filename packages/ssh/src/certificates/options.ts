import { isIP } from "node:net";
import { SshError } from "../ssh-error.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { wireString } from "../wire/write-wire.ts";

/** Extensions or critical options by name; an empty value is a flag. */
export type CertificateOptions = Readonly<Record<string, string>>;

/** The critical options that OpenSSH defines; one that is not here refuses the certificate. */
export const criticalOptionNames: ReadonlySet<string> = new Set([
  "force-command",
  "source-address",
  "verify-required",
]);

const optionName = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$/;
const controlCharacter = /\p{Cc}/u;
const maxOptions = 256;

/**
 * Options as OpenSSH wants them: sorted by name, the value as a string within a string, or nothing for a flag.
 *
 * @throws SshError INVALID
 */
export function encodeOptions(options: CertificateOptions): Buffer {
  const names = Object.keys(options).sort();
  if (names.length > maxOptions) throw new SshError("INVALID", "there are too many options");
  return wireString(
    ...names.flatMap((name) => {
      const value = options[name] ?? "";
      checkOption(name, value);
      return [wireString(name), value === "" ? wireString() : wireString(wireString(value))];
    }),
  );
}

function checkOption(name: string, value: string): void {
  if (!optionName.test(name)) {
    throw new SshError("INVALID", `${JSON.stringify(name.slice(0, 64))} is not the name of an option`);
  }
  if (!value.isWellFormed() || controlCharacter.test(value)) {
    throw new SshError("INVALID", `the value of ${name} has a control character or is not valid Unicode`);
  }
}

/**
 * Reads options: names strictly ascending, so none twice; values as `encodeOptions` writes them.
 *
 * @throws SshError MALFORMED
 */
export function decodeOptions(octets: Uint8Array): CertificateOptions {
  const reader = new WireReader(octets);
  const options: [string, string][] = [];
  let last = "";
  while (!reader.done) {
    const name = reader.text();
    if (name <= last) throw new SshError("MALFORMED", "the options of the certificate are not in order");
    options.push([name, decodeValue(reader.string())]);
    if (options.length > maxOptions) throw new SshError("TOO_LARGE", "there are too many options");
    last = name;
  }
  return Object.fromEntries(options);
}

function decodeValue(octets: Buffer): string {
  if (octets.length === 0) return "";
  const reader = new WireReader(octets);
  const value = reader.text();
  reader.end();
  return value;
}

/**
 * Refuses critical options that no server would honour, and addresses that are none.
 *
 * @throws SshError INVALID
 */
export function checkCriticalOptions(options: CertificateOptions): void {
  const stranger = Object.keys(options).find((name) => !criticalOptionNames.has(name));
  if (stranger !== undefined) {
    throw new SshError(
      "INVALID",
      `the critical option ${JSON.stringify(stranger.slice(0, 64))} is not known`,
    );
  }
  const addresses = options["source-address"];
  if (addresses !== undefined) parseSourceAddresses(addresses);
}

/** One range of a source-address option. */
export interface AddressRange {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

/**
 * The ranges of a source-address value, `10.0.0.0/8,::1`.
 *
 * @throws SshError INVALID for anything that is no address or range; an empty value would match nothing.
 */
export function parseSourceAddresses(value: string): AddressRange[] {
  return value.split(",").map((item) => {
    const [address = "", suffix, ...more] = item.split("/");
    const family = isIP(address) === 4 ? "ipv4" : "ipv6";
    const width = family === "ipv4" ? 32 : 128;
    const prefix = suffix === undefined ? width : /^[0-9]{1,3}$/.test(suffix) ? Number(suffix) : -1;
    const isAddress = isIP(address) !== 0 && !address.includes("%");
    if (!isAddress || more.length > 0 || prefix < 0 || prefix > width) {
      throw new SshError("INVALID", `${JSON.stringify(item.slice(0, 64))} is not an address or range`);
    }
    return { address, prefix, family };
  });
}
