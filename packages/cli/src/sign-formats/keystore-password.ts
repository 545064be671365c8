import { randomBytes } from "node:crypto";

/** A password that nobody has to remember: 256 bits, hexadecimal. */
export const keystorePassword = (): string => randomBytes(32).toString("hex");
