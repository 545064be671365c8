import { decideMismatches, type WantedSettings } from "../sshd/decide-conflicts.ts";
import { decideProbes } from "../sshd/decide-probes.ts";
import type { Directive } from "../sshd/read-sshd-config.ts";
import type { Sshd } from "../sshd/sshd.ts";

/** What was written, and what it stands among. */
interface InForce {
  readonly configFile: string;
  readonly wanted: WantedSettings;
  /** The directives of all other files. */
  readonly others: readonly Directive[];
  readonly accounts: readonly string[];
}

/** Sentences on what is not as it was written; none where all is well. */
interface NotInForce {
  /** For everybody. */
  readonly general: readonly string[];
  /** For the connections of some Match block. */
  readonly forSome: readonly string[];
}

/** Asks sshd itself what is in force, for everybody and for each connection that some Match block is about. */
export async function checkInForce(sshd: Sshd, asked: InForce): Promise<NotInForce> {
  const { configFile, wanted, others, accounts } = asked;
  const complaint = await sshd.complaintAbout(configFile);
  if (complaint !== undefined) return { general: [`sshd -t: ${complaint}`], forSome: [] };
  const general = decideMismatches(await sshd.settings(configFile), wanted, undefined);
  if (general.length > 0) return { general, forSome: [] };
  const forSome: string[] = [];
  for (const connection of decideProbes(others, accounts)) {
    forSome.push(...decideMismatches(await sshd.settings(configFile, connection), wanted, connection));
  }
  return { general, forSome };
}
