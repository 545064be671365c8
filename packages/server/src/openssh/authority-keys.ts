import { readFileSync } from "node:fs";
import { AppError, type CertAuthorityV2 } from "@sallyport/api";
import type { NodeClient } from "@sallyport/api/node";
import { parsePublicKeyLine, type SshPublicKey } from "@sallyport/ssh";

/** Authorities are few, also while one is rotated. */
const MAX_FILE_BYTES = 256 * 1024;

/** The SSH keys of the cluster's authority that count now: that which signs, and those of a rotation. */
export async function fetchAuthorityKeys(
  client: NodeClient,
  type: "user" | "host",
): Promise<readonly SshPublicKey[]> {
  const domain = client.identity.clusterName;
  const authority = await client.trust.getCertAuthority({ type, domain, includeKey: false });
  const keys = sshKeysOf(authority);
  if (keys.length > 0) return keys;
  throw new AppError("NOT_FOUND", `the ${type} authority of cluster ${domain} has no SSH key`);
}

function sshKeysOf({ Spec }: CertAuthorityV2): SshPublicKey[] {
  const pairs = [...(Spec?.ActiveKeys?.SSH ?? []), ...(Spec?.AdditionalTrustedKeys?.SSH ?? [])];
  return pairs.map(({ PublicKey }) => parsePublicKeyLine(new TextDecoder().decode(PublicKey)));
}

/**
 * The keys of a file as `tctl auth export --type=user` or `--type=host` writes it, or as sshd reads it.
 *
 * @throws AppError BAD_PARAMETER for anything else: a certificate is no authority, and neither is an option.
 */
export function readAuthorityFile(path: string): readonly SshPublicKey[] {
  const lines = readSmallFile(path).split(/\r?\n/);
  const keys = lines.flatMap((line, index) => {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) return [];
    try {
      return [parsePublicKeyLine(text.replace(/^cert-authority\s+|^@cert-authority\s+\S+\s+/, ""))];
    } catch (cause) {
      const words = `${path}:${index + 1} is not the key of an authority: ${(cause as Error).message}`;
      throw new AppError("BAD_PARAMETER", words, { cause });
    }
  });
  if (keys.length > 0) return keys;
  throw new AppError("BAD_PARAMETER", `${path} has no key in it; tctl auth export --type=user writes one`);
}

export function readSmallFile(path: string): string {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (cause) {
    const { code = "unreadable" } = cause as NodeJS.ErrnoException;
    throw new AppError("BAD_PARAMETER", `${path} cannot be read (${code})`, { cause });
  }
  if (content.length > MAX_FILE_BYTES) throw new AppError("BAD_PARAMETER", `${path} is too large`);
  return content.toString("utf8");
}
