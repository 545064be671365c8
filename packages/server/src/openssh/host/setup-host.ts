import { AppError } from "@sallyport/api";
import { type PlannedFile, placeFiles } from "../place-files.ts";
import { checkInForce } from "./check-in-force.ts";
import { revokedKeysFile } from "./decide-host-files.ts";
import type { HostSetup } from "./host-setup.ts";
import { listOurFiles } from "./list-our-files.ts";
import { type HostDeps, type PreparedHost, prepareHost } from "./prepare-host.ts";

/** What was done, for a person to read. */
interface HostReport {
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Makes sshd trust the cluster's users and show the cluster's certificate. Either all of it is in place and in force, as
 * sshd itself says, or everything is as it was. The running sshd is not told.
 */
export async function setUpHost(setup: HostSetup, deps: HostDeps): Promise<HostReport> {
  const prepared = await prepareHost(setup, deps);
  if (prepared.conflicts.length > 0 && !setup.acceptOthers) throw inTheWay(prepared.conflicts);
  const plan = plannedFiles(setup, prepared);
  const putBack = await placeFiles(plan);
  const problems = await problemsOf(setup, deps, prepared).catch(async (error: unknown) => {
    await putBack();
    throw error;
  });
  const stopping = setup.acceptOthers ? problems.filter(({ isGeneral }) => isGeneral) : problems;
  if (stopping.length > 0) {
    await putBack();
    throw notInForce(
      setup,
      stopping.map(({ words }) => words),
    );
  }
  return {
    written: pathsOf(plan, true),
    removed: pathsOf(plan, false),
    warnings: [...prepared.conflicts, ...problems.map(({ words }) => words)],
  };
}

/**
 * The drop-in comes after what it refers to. What an earlier run left and this one does not want goes last: a list of
 * principals that stayed would keep its account open.
 */
export function plannedFiles(setup: HostSetup, { files, revokedKeys }: PreparedHost): readonly PlannedFile[] {
  const krl = revokedKeys === undefined ? [] : [{ path: revokedKeysFile(setup.place), content: revokedKeys }];
  const wanted = [...files.files, ...krl, files.dropIn].map((file) => ({ ...file, mode: 0o644 }));
  const left = listOurFiles(setup.place).filter((path) => !wanted.some((file) => file.path === path));
  return [...wanted, ...left.map((path) => ({ path, content: undefined, mode: 0o644 }))];
}

interface Problem {
  readonly words: string;
  /** It holds for every connection, and not only for those of some Match block. */
  readonly isGeneral: boolean;
}

async function problemsOf(
  setup: HostSetup,
  { sshd }: HostDeps,
  prepared: PreparedHost,
): Promise<readonly Problem[]> {
  const asked = {
    configFile: setup.place.sshdConfig,
    wanted: prepared.files.wanted,
    others: prepared.others,
    accounts: [...setup.accounts.keys()],
  };
  const { general, forSome } = await checkInForce(sshd, asked);
  return [
    ...general.map((words) => ({ words, isGeneral: true })),
    ...forSome.map((words) => ({ words, isGeneral: false })),
  ];
}

const pathsOf = (plan: readonly PlannedFile[], isWritten: boolean) =>
  plan.filter(({ content }) => (content !== undefined) === isWritten).map(({ path }) => path);

function inTheWay(conflicts: readonly string[]): AppError {
  const words = `other files of sshd say something else; nothing was changed:\n${list(conflicts)}`;
  return new AppError(
    "BAD_PARAMETER",
    `${words}\nRemove those lines, or keep them and go on: --accept-others`,
  );
}

function notInForce({ place }: HostSetup, problems: readonly string[]): AppError {
  return new AppError(
    "BAD_PARAMETER",
    `sshd does not take up ${place.dropIn}; everything was put back:\n${list(problems)}`,
  );
}

const list = (lines: readonly string[]) => lines.map((line) => `  ${line}`).join("\n");
