import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt } from "node:crypto";
import { AppError } from "@sallyport/api";
import { readPrivateFile } from "../../kernel/read-private-file.ts";
import { DATA_KEY_BYTES } from "./key-sealing.ts";
import { describeSource, type KeySource } from "./key-source.ts";
import { runSecretCommand } from "./run-command.ts";

/** An encrypted data key, as it is stored. */
export interface WrappedKey {
  /** Base64; what the command printed where a command wrapped it. */
  readonly wrapped: string;
  /** Base64; of scrypt, only for a passphrase. */
  readonly salt?: string | undefined;
}

export interface WrapOptions {
  readonly timeoutMs: number;
  /** What the wrapped key is bound to: the id of the encryption. */
  readonly id: string;
}

// RFC 7914; OWASP's first choice of parameters: 128 MiB for each guess.
const scryptCost = { N: 2 ** 17, r: 8, p: 1, maxmem: 192 * 1024 * 1024 };
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LEAST_PASSPHRASE = 12;
/** 256 bits. */
const base64Key = /^[A-Za-z0-9+/]{43}=$/;

export async function wrapDataKey(
  source: KeySource,
  dataKey: Buffer,
  options: WrapOptions,
): Promise<WrappedKey> {
  if (source.kind === "command") return { wrapped: await wrapByCommand(source, dataKey, options) };
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", await keyOf(source, salt, options), nonce);
  cipher.setAAD(Buffer.from(options.id));
  const wrapped = Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
  return { wrapped: wrapped.toString("base64"), salt: salt.toString("base64") };
}

/** Throws BAD_PARAMETER where it is not this key that it was encrypted under. */
export async function unwrapDataKey(
  source: KeySource,
  stored: WrappedKey,
  options: WrapOptions,
): Promise<Buffer> {
  if (source.kind === "command") return unwrapByCommand(source, stored, options);
  const wrapped = Buffer.from(stored.wrapped, "base64");
  if (wrapped.length !== NONCE_BYTES + DATA_KEY_BYTES + TAG_BYTES) throw wrongKey(source);
  const key = await keyOf(source, Buffer.from(stored.salt ?? "", "base64"), options);
  const decipher = createDecipheriv("aes-256-gcm", key, wrapped.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(options.id)).setAuthTag(wrapped.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw wrongKey(source);
  }
}

type LocalSource = Exclude<KeySource, { kind: "command" }>;

async function keyOf(source: LocalSource, salt: Buffer, { timeoutMs }: WrapOptions): Promise<Buffer> {
  switch (source.kind) {
    case "key_file": {
      const secret = parseKeyFile(await readPrivateFile(source.path), source.path);
      return Buffer.from(hkdfSync("sha256", secret, salt, "sallyport ca key encryption", DATA_KEY_BYTES));
    }
    case "passphrase_file":
      return fromPassphrase(await readPrivateFile(source.path), salt, source);
    case "passphrase_command":
      return fromPassphrase(await runSecretCommand({ ...source, timeoutMs }), salt, source);
  }
}

/** 256 bits in hexadecimal or base64, as `openssl rand` prints them. */
function parseKeyFile(text: string, path: string): Buffer {
  const word = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(word)) return Buffer.from(word, "hex");
  if (base64Key.test(word)) return Buffer.from(word, "base64");
  throw new AppError(
    "BAD_PARAMETER",
    `the key file ${path} does not hold a key of 256 bits in base64 or hexadecimal`,
    { details: { hint: `Make one: (umask 077; openssl rand -base64 32 > ${path})` } },
  );
}

function fromPassphrase(text: string, salt: Buffer, source: KeySource): Promise<Buffer> {
  const passphrase = text.replace(/\r?\n$/, "");
  if (passphrase.length < LEAST_PASSPHRASE || passphrase.includes("\n")) {
    throw new AppError(
      "BAD_PARAMETER",
      `the passphrase of ${describeSource(source)} is one line of at least ${LEAST_PASSPHRASE} characters`,
    );
  }
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, DATA_KEY_BYTES, scryptCost, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

type CommandSource = Extract<KeySource, { kind: "command" }>;

const asked = ({ command }: CommandSource, verb: "wrap" | "unwrap", timeoutMs: number) => ({
  command: [...command, verb],
  timeoutMs,
});

async function wrapByCommand(source: CommandSource, dataKey: Buffer, { timeoutMs }: WrapOptions) {
  const printed = await runSecretCommand(asked(source, "wrap", timeoutMs), `${dataKey.toString("base64")}\n`);
  const wrapped = printed.trim();
  if (wrapped !== "" && !wrapped.includes(dataKey.toString("base64"))) return wrapped;
  const what = wrapped === "" ? "nothing" : "the key itself";
  throw new AppError("BAD_PARAMETER", `${describeSource(source)} printed ${what} when asked to wrap a key`);
}

async function unwrapByCommand(source: CommandSource, stored: WrappedKey, { timeoutMs }: WrapOptions) {
  const printed = await runSecretCommand(asked(source, "unwrap", timeoutMs), `${stored.wrapped}\n`);
  const word = printed.trim();
  if (base64Key.test(word)) return Buffer.from(word, "base64");
  throw wrongKey(source);
}

/** It says no more than that: whether a guess was near is nobody's business. */
export const wrongKey = (source: KeySource): AppError =>
  new AppError("BAD_PARAMETER", `${describeSource(source)} is not what the CA keys are encrypted under`, {
    details: {
      hint: "Put back the key of before. To change it, name the key of before under sallyport.ca_key_encryption.previous.",
    },
  });
