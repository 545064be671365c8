/** Numbers of a key revocation list (OpenSSH PROTOCOL.krl). */

/** `SSHKRL`, a newline and NUL. */
export const krlMagic = Buffer.from("SSHKRL\n\0", "latin1");
export const krlFormatVersion = 1;

/** Largest list that is written or read, in bytes: 16 MiB, room for two million scattered serial numbers. */
export const maxKrlBytes = 16 * 1024 * 1024;

/** Most bits of a bitmap of serial numbers: OpenSSH reads no larger number. */
export const maxBitmapBits = 16 * 1024;

export const section = {
  certificates: 1,
  explicitKey: 2,
  fingerprintSha1: 3,
  signature: 4,
  fingerprintSha256: 5,
  extension: 255,
} as const;

export const certificateSection = {
  serialList: 0x20,
  serialRange: 0x21,
  serialBitmap: 0x22,
  keyId: 0x23,
  extension: 0x39,
} as const;
