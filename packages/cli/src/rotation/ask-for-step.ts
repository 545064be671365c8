import { AppError, type CertAuthorityV2 } from "@sallyport/api";
import { formatTable } from "../terminal/table.ts";
import { confirm, type Terminal } from "../terminal/terminal.ts";
import type { RotationStep } from "./rotate.ts";
import { describeRotation, isRotating, meaningOf, phaseOf, phasesAfter } from "./rotation-state.ts";

/** Shows where every authority stands and asks a person for the next step of one. */
export async function askForStep(
  terminal: Terminal,
  authorities: readonly CertAuthorityV2[],
  gracePeriodMs: number,
): Promise<RotationStep> {
  const types = authorities.map(({ Spec }) => Spec?.Type ?? "");
  terminal.note(formatTable(toTable(authorities), terminal.columns).trimEnd());
  const type = await choose(terminal, "Which authority?", types);
  const authority = authorities[types.indexOf(type)];
  const current = authority === undefined ? "standby" : phaseOf(authority);
  const mode = await askForMode(terminal, authority);
  const phase = mode === "auto" ? "init" : await askForPhase(terminal, current);
  terminal.note(`${phase}: ${meaningOf(phase)}`);
  if (!(await confirm(terminal, `lead ${type} from ${current} to ${phase}?`))) throw cancelled();
  return { type, phase, mode, gracePeriodMs };
}

function toTable(authorities: readonly CertAuthorityV2[]) {
  const rows = authorities.map((one) => [one.Spec?.Type ?? "", describeRotation(one)]);
  return { headers: ["authority", "rotation"], rows };
}

/** A rotation that is under way goes on by hand: whoever stands before a terminal wants a step now. */
async function askForMode(terminal: Terminal, authority: CertAuthorityV2 | undefined) {
  if (authority !== undefined && isRotating(authority)) return "manual";
  const answer = await choose(terminal, "Step by step, or by a schedule of its own?", ["manual", "auto"]);
  return answer === "auto" ? "auto" : "manual";
}

function askForPhase(terminal: Terminal, current: string): Promise<string> {
  const next = phasesAfter(current);
  return next.length === 1 ? Promise.resolve(next[0] ?? "") : choose(terminal, "Which phase?", next);
}

async function choose(terminal: Terminal, question: string, choices: readonly string[]): Promise<string> {
  const answer = (await terminal.ask(`${question} ${choices.join(", ")}: `)).trim();
  if (choices.includes(answer)) return answer;
  if (answer === "") throw cancelled();
  throw new AppError("BAD_PARAMETER", `${JSON.stringify(answer)} is none of ${choices.join(", ")}`);
}

const cancelled = () => new AppError("CANCELLED", "nothing was rotated", { details: { hint: "" } });
