import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "@sallyport/api";
import { placeFiles } from "../place-files.ts";
import type { Sshd } from "../sshd/sshd.ts";
import { decideHostFiles, type HostTrust, revokedKeysFile } from "./decide-host-files.ts";
import type { HostPlace } from "./host-setup.ts";

/**
 * Shows sshd the same files in a folder beside the real one, before anything is in its place: `sshd -t` passes over a
 * host certificate that it cannot use, so its remarks count as well.
 *
 * @param shownKeys - the host keys that sshd uses now; without any it takes no configuration
 * @throws AppError BAD_PARAMETER with what sshd says.
 */
export async function checkCandidate(
  sshd: Sshd,
  place: HostPlace,
  trust: HostTrust,
  shownKeys: readonly string[],
): Promise<void> {
  const folder = await mkdtemp(join(dirname(place.folder), ".sallyport-check-"));
  try {
    const aside = { sshdConfig: place.sshdConfig, folder, dropIn: join(folder, "sshd_config") };
    const hostKeys = [...new Set([...shownKeys, ...trust.hostKeys])];
    const { files, dropIn } = decideHostFiles(aside, { ...trust, hostKeys });
    const empty = { path: revokedKeysFile(aside), content: "" };
    await placeFiles([...files, empty, dropIn].map((file) => ({ ...file, mode: 0o644 })));
    const complaint = await sshd.complaintAbout(aside.dropIn);
    if (complaint !== undefined) throw new AppError("BAD_PARAMETER", `sshd -t: ${complaint}`);
    const remark = (await sshd.remarksOn(aside.dropIn))
      .split("\n")
      .find((line) => /host certificate|for certificate/i.test(line));
    if (remark !== undefined) throw new AppError("BAD_PARAMETER", `sshd -t: ${remark.trim()}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
