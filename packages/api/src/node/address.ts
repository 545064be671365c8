import { isIP } from "node:net";
import { AppError } from "../errors/index.ts";

/** Where an auth service listens. */
export interface Address {
  /** A host name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The port of the auth service unless an address says another. */
export const defaultAuthPort = 3025;

const withPort = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<name>[^:[\]/\s]+))(?::(?<port>\d{1,5}))?$/;

/**
 * Reads `host`, `host:port`, `[IPv6]:port` or a bare IPv6 address.
 *
 * @throws AppError BAD_PARAMETER for anything else, such as a URL.
 */
export function parseAddress(text: string): Address {
  if (typeof text !== "string") throw new AppError("BAD_PARAMETER", "no address of an auth service is given");
  if (isIP(text) === 6) return { host: text, port: defaultAuthPort };
  const groups = withPort.exec(text)?.groups;
  const host = groups?.v6 ?? groups?.name;
  const port = Number(groups?.port ?? defaultAuthPort);
  if (host !== undefined && port > 0 && port < 65536) return { host, port };
  throw new AppError(
    "BAD_PARAMETER",
    `"${text}" is not the address of an auth service; write it as host:3025`,
  );
}

/** The address as text, with brackets where IPv6 needs them. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
