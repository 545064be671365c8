import { AppError } from "../errors/index.ts";
import { checkMaterial, type RawMaterial } from "./check-material.ts";
import type { Credentials } from "./credentials.ts";
import { splitPem } from "./pem-blocks.ts";
import { readCredentialFile } from "./read-credential-file.ts";

const sshCertificateLine =
  /^(?:ssh-rsa|ssh-dss|ecdsa-sha2-nistp(?:256|384|521)|ssh-ed25519|sk-ssh-ed25519|sk-ecdsa-sha2-nistp256|rsa-sha2-(?:256|512))-cert-v01@openssh\.com\s/;

/**
 * Credentials in an identity file: one file with a private key, a TLS certificate, the cluster's authorities and the
 * SSH half, as `tctl auth sign --format=file` and `tsh login --out` write it.
 *
 * @param source - path of the file, or its text
 */
export function fromIdentityFile(source: string): Credentials {
  if (source.includes("-----BEGIN ")) {
    return {
      description: "an identity in memory",
      files: [],
      load: async () => checkMaterial(parseIdentity(source, "the given identity"), Date.now()),
    };
  }
  return {
    description: source,
    files: [source],
    async load() {
      const text = await readCredentialFile(source, "an identity file");
      return checkMaterial(parseIdentity(text, source), Date.now());
    },
  };
}

/**
 * Splits an identity file: the first PEM block is the private key, the second the TLS certificate, all others are
 * authorities; of several SSH certificates the last counts. The SSH half may be missing, as the API does not use it.
 */
function parseIdentity(text: string, place: string): RawMaterial {
  const { blocks, otherLines, isUnfinished } = splitPem(text);
  if (isUnfinished) throw wrong(`${place} ends in the middle of a PEM block; it was cut off`, place);
  const [key, cert, ...cas] = blocks;
  if (key === undefined || !key.label.endsWith("PRIVATE KEY")) {
    throw wrong(`${place} is not an identity file: it does not begin with a private key`, place);
  }
  if (cert === undefined || cas.length === 0) {
    const missing =
      cert === undefined ? "a TLS certificate" : "the certificates of the cluster's authorities";
    throw wrong(
      `the identity file ${place} lacks ${missing}. Write it anew with \`tctl auth sign --format=file\``,
      place,
    );
  }
  const certificate = otherLines.findLast((line) => sshCertificateLine.test(line));
  const hostAuthorities = otherLines.filter((line) => line.startsWith("@cert-authority"));
  return {
    key: { text: key.text, place },
    cert: { text: cert.text, place },
    ca: { text: cas.map((block) => block.text).join(""), place },
    ssh: certificate === undefined ? undefined : { certificate, hostAuthorities },
  };
}

const wrong = (message: string, file: string) =>
  new AppError("BAD_PARAMETER", message, { details: { file } });
