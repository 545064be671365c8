import { AppError, formatDuration } from "@sallyport/api";
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
  const ends: number[] = [];
  if (issued.tls !== "") ends.push(parseCertificate(issued.tls).notAfterAt);
  if (issued.ssh !== "") {
    const end = parseSshCertificate(issued.ssh.trim()).validBeforeAt;
    if (end !== "forever") ends.push(end);
  }
  const endsAt = Math.min(...ends);
  if (endsAt >= wantedAt - toleranceMs) return endsAt;
  const missing = formatDuration(Math.round((wantedAt - endsAt) / 1000) * 1000);
  const hint = "Ask for a shorter --ttl, or raise max_session_ttl in the roles of the user.";
  throw new AppError(
    "BAD_PARAMETER",
    `the certificate would end ${missing} before the time that was asked for; nothing was written`,
    { details: { hint } },
  );
}
