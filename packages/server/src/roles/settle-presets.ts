import { clone, create } from "@bufbuild/protobuf";
import { isAppError } from "@sallyport/api";
import { type RoleV6, RoleV6Schema, RuleSchema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { missingRules } from "./backfill.ts";
import { presetRoles } from "./preset-roles.ts";
import type { Role } from "./role.ts";
import { type RoleStore, roleOf } from "./store.ts";
import { fillDefaults } from "./wire/fill-defaults.ts";
import { writeRole } from "./wire/write-role.ts";

/** At start: makes the preset roles that are not there, and gives those that are the default rules they lack. */
export async function settlePresets(roles: RoleStore): Promise<void> {
  for (const preset of presetRoles) {
    try {
      await settlePreset(roles, preset);
    } catch (error) {
      // Another auth service of the cluster does the same at this moment.
      if (!isAppError(error, "ALREADY_EXISTS") && !isAppError(error, "COMPARE_FAILED")) throw error;
    }
  }
}

async function settlePreset(roles: RoleStore, preset: Role): Promise<void> {
  const stored = await roles.resources.get(preset.name);
  if (stored === undefined) {
    const message = writeRole(preset);
    fillDefaults(message);
    await roles.resources.create(message);
    return;
  }
  const missing = missingRules(roleOf(stored), preset);
  if (missing.length > 0) await roles.resources.update(withRules(stored, missing));
}

function withRules(stored: RoleV6, rules: Role["allow"]["rules"]): RoleV6 {
  const message = clone(RoleV6Schema, stored);
  for (const { resources, verbs, where } of rules) {
    message.Spec?.Allow?.Rules.push(
      create(RuleSchema, { Resources: [...resources], Verbs: [...verbs], Where: where }),
    );
  }
  return message;
}
