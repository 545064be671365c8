import type { CertAuthorityV2 } from "@sallyport/api";
import { Option } from "commander";
import { parseTtl } from "../arguments/parse-values.ts";
import type { Client } from "../connection/client.ts";
import { authorityTypes, listAuthorities } from "../kinds/cert-authority.ts";
import { askForStep } from "../rotation/ask-for-step.ts";
import { type RotationStep, rotate } from "../rotation/rotate.ts";
import {
  describeRotation,
  meaningOf,
  phaseOf,
  phasesAfter,
  rotationPhases,
} from "../rotation/rotation-state.ts";
import { UsageError } from "../terminal/exit-code.ts";
import type { Tool } from "./tool.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly type?: string;
  readonly phase?: string;
  readonly manual?: boolean;
  readonly gracePeriod: string;
  readonly interactive?: boolean;
}

export const authRotate = verb<Options>({
  path: ["auth", "rotate"],
  summary: "replace the keys of a certificate authority",
  details:
    "In phases, so that nobody is cut off: init (new keys are trusted), update_clients (they sign), update_servers, " +
    "standby (the old ones are trusted no more); rollback leads back from each but the last. Without --manual the " +
    "auth service goes through them within --grace-period. Without options it shows where each authority stands and asks.",
  examples: [
    { line: "tctl auth rotate --type=host --manual", does: "begin, and take each step by hand" },
    { line: "tctl auth rotate --type=host --manual --phase=update_clients", does: "the next step" },
    { line: "tctl auth rotate --type=host --manual --phase=rollback", does: "back to the old keys" },
    { line: "tctl auth rotate --type=user --grace-period=48h", does: "all by itself, within two days" },
  ],
  takes: (command) =>
    command
      .addOption(new Option("--type <type>", "the authority").choices(authorityTypes))
      .addOption(new Option("--phase <phase>", "where to lead it; init begins").choices(rotationPhases))
      .option("--manual", "no phase follows by itself")
      .option("--grace-period <duration>", "how long it takes by itself, such as 30h", "30h")
      .option("--interactive", "ask for each choice"),
  run: async (tool, options) => {
    const gracePeriodMs = parseTtl(options.gracePeriod, "--grace-period");
    const step = await chooseStep(tool, options, gracePeriodMs);
    const authority = await rotate(await tool.connect(), step);
    tool.terminal.print(`${describeStep(step.type, authority)}\n`);
  },
});

async function chooseStep(tool: Tool, options: Options, gracePeriodMs: number): Promise<RotationStep> {
  const { type, phase = "", manual = false, interactive = false } = options;
  if (type !== undefined && !interactive) {
    return { type, phase, mode: manual ? "manual" : "auto", gracePeriodMs };
  }
  if (!interactive && (phase !== "" || manual)) throw new UsageError("name the authority: --type=host");
  if (!tool.terminal.isInteractive) {
    throw new UsageError("there is no terminal to ask at; name the authority: --type=host --manual");
  }
  return askForStep(tool.terminal, await ownAuthorities(await tool.connect()), gracePeriodMs);
}

async function ownAuthorities(client: Client): Promise<CertAuthorityV2[]> {
  const [{ ClusterName }, all] = await Promise.all([
    client.ping(),
    listAuthorities(client, { withSecrets: false }),
  ]);
  return all.filter(({ Spec }) => Spec?.ClusterName === ClusterName);
}

function describeStep(type: string, authority: CertAuthorityV2): string {
  const phase = phaseOf(authority);
  const next = phasesAfter(phase).filter((one) => one !== "init");
  const isManual = authority.Spec?.Rotation?.Mode !== "auto";
  return [
    `${type}: ${describeRotation(authority)}`,
    `${phase}: ${meaningOf(phase)}`,
    ...(isManual && next.length > 0
      ? [`next: tctl auth rotate --type=${type} --manual --phase=${next.join("|")}`]
      : []),
  ].join("\n");
}
