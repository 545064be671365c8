/** SPIFFE IDs, as the SPIFFE standard has them: a trust domain, and a path of plain segments. */

export const MAX_ID_BYTES = 2048;
const MAX_TRUST_DOMAIN = 255;

/** Why a path cannot follow a trust domain; undefined where it can. */
export function pathProblem(path: string): string | undefined {
  if (!path.startsWith("/")) return "it has to begin with /";
  if (Buffer.byteLength(path) > MAX_ID_BYTES) return `it is longer than ${MAX_ID_BYTES} bytes`;
  for (const segment of path.slice(1).split("/")) {
    if (segment === "") return "it has an empty segment: two slashes together, or one at the end";
    if (segment === "." || segment === "..") return `a segment must not be ${JSON.stringify(segment)}`;
    const stranger = /[^A-Za-z0-9._-]/u.exec(segment)?.[0];
    if (stranger !== undefined) {
      return `the character ${JSON.stringify(stranger)} is not possible; there are letters, digits, ".", "-" and "_"`;
    }
  }
  return undefined;
}

/** Why a name cannot be a trust domain; undefined where it can. */
export function trustDomainProblem(name: string): string | undefined {
  if (name.length > MAX_TRUST_DOMAIN) return `it is longer than ${MAX_TRUST_DOMAIN} characters`;
  return /^[a-z0-9._-]+$/.test(name)
    ? undefined
    : 'a trust domain has small letters, digits, ".", "-" and "_" alone';
}

const dnsLabel = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** Why a text cannot be a DNS name of a workload; undefined where it can. One that stands for many never can. */
export function dnsNameProblem(name: string): string | undefined {
  if (name === "" || name.length > 253) return "a DNS name has 1 to 253 characters";
  const labels = name.split(".");
  if (!labels.every((label) => dnsLabel.test(label))) return "it is not a DNS name";
  return /^[0-9]+$/.test(labels.at(-1) ?? "") ? "it is an address, not a DNS name" : undefined;
}
