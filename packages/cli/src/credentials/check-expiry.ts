import { AppError } from "@sallyport/api";
import { parseSshCertificate } from "@sallyport/ssh";
import { parseCertificate } from "@sallyport/x509";

const toleranceMs = 60_000;

/**
 * Whoever asked for a year and gets a day would find out when it is too late, so nothing is written then.
 *
 * @throws AppError BAD_PARAMETER where a certificate ends more than a minute before it should.
 */
export function checkExpiry(
  issued: { readonly tls: string; readonly ssh: string },
  wantedAt: number,
): number {
  const all: number[] = [];
  if (issued.tls !== "") all.push(parseCertificate(issued.tls).notAfterAt);
  if (issued.ssh !== "") {
    const end = parseSshCertificate(issued.ssh.trim()).validBeforeAt;
    if (end !== "forever") all.push(end);
  }
  const endsAt = Math.min(...all);
  if (endsAt >= wantedAt - toleranceMs) return endsAt;
  const [ends, wanted] = [endsAt, wantedAt].map((at) => new Date(at).toISOString().replace(/\.\d+/, ""));
  const hint = "Ask for a shorter --ttl, or raise max_session_ttl in the roles of the user.";
  throw new AppError(
    "BAD_PARAMETER",
    `the certificate would end at ${ends}, not at ${wanted} as was asked for; nothing was written`,
    { details: { hint } },
  );
}
