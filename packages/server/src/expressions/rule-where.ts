import type { ImpersonateWhereEnv, RuleSubject, RuleWhereEnv } from "./environment.ts";
import { evaluationError } from "./expression-error.ts";
import { readField, toText } from "./read-value.ts";
import * as functions from "./rule-functions.ts";
import {
  fieldVariables,
  hostCertFields,
  sessionFields,
  sessionTrackerFields,
  sshSessionFields,
  userVariables,
} from "./subject-variables.ts";
import type { FunctionEntry, Vocabulary } from "./vocabulary.ts";

export const ruleWhere: Vocabulary<RuleWhereEnv> = {
  title: "where clause of a rule",
  comparisons: false,
  eager: true,
  variables: {
    ...userVariables<RuleWhereEnv>("user", (env) => env.user),
    resource: { type: "dynamic", read: (env) => env.resource },
    name: { type: "text", read: (env) => toText(nameOf(env.resource)) },
    ...fieldVariables<RuleWhereEnv>("session", (env) => env.session, sessionFields),
    ...fieldVariables<RuleWhereEnv>("ssh_session", (env) => env.sshSession, sshSessionFields),
    ...fieldVariables<RuleWhereEnv>("session_tracker", (env) => env.sessionTracker, sessionTrackerFields),
    ...fieldVariables<RuleWhereEnv>("host_cert", (env) => env.hostCert, hostCertFields),
  },
  functions: {
    equals: functions.ruleEquals,
    contains: functions.ruleContains,
    has_prefix: functions.hasPrefix,
    all_end_with: functions.allEndWith,
    all_equal: functions.allEqual,
    is_subset: functions.isSubset,
    "system.catype": authorityType(),
  },
};

export const impersonateWhere: Vocabulary<ImpersonateWhereEnv> = {
  title: "where clause of an impersonation",
  comparisons: false,
  eager: true,
  variables: {
    ...userVariables<ImpersonateWhereEnv>("user", (env) => env.user),
    ...userVariables<ImpersonateWhereEnv>("impersonate_user", (env) => env.impersonateUser),
    impersonate_role: {
      type: "dynamic",
      read: (env) => {
        if (env.impersonateRole === undefined) throw evaluationError("impersonate_role is not there");
        return env.impersonateRole;
      },
    },
  },
  functions: { equals: functions.ruleEquals, contains: functions.ruleContains },
};

/** The type of the certificate authority at hand; empty for any other object. */
function authorityType(): FunctionEntry<RuleWhereEnv> {
  return {
    parameters: [],
    result: "text",
    apply: (_args, { resource }) => {
      if (resource?.kind !== "cert_authority") return "";
      const spec = resource.spec === undefined ? undefined : readField(resource, ["resource"], "spec");
      return spec === undefined ? "" : toText(readField(spec, ["resource", "spec"], "type"));
    },
  };
}

function nameOf(resource: RuleSubject | undefined): unknown {
  return readField(readField(resource, ["resource"], "metadata"), ["resource", "metadata"], "name");
}
