import type { Duration } from "@bufbuild/protobuf/wkt";
import type {
  WorkloadIdentity as WireIdentity,
  WorkloadIdentityCondition,
  WorkloadIdentityRule,
} from "@sallyport/api/gen/teleport/workloadidentity/v1/resource_pb";
import type { Claims, WorkloadCondition, WorkloadIdentity, WorkloadRule } from "../workload-identity.ts";

const read = new WeakMap<WireIdentity, WorkloadIdentity>();

/** The noun of a message; stored messages are read once. */
export function readIdentity(message: WireIdentity): WorkloadIdentity {
  const known = read.get(message);
  if (known !== undefined) return known;
  const identity = identityOf(message);
  read.set(message, identity);
  return identity;
}

function identityOf({ metadata, spec }: WireIdentity): WorkloadIdentity {
  const { id = "", hint = "", x509, jwt } = spec?.spiffe ?? {};
  const subject = x509?.subjectTemplate;
  return {
    name: metadata?.name ?? "",
    revision: metadata?.revision ?? "",
    labels: { ...metadata?.labels },
    rules: (spec?.rules?.allow ?? []).map(ruleOf),
    spiffe: {
      id,
      hint,
      x509: {
        dnsSans: x509?.dnsSans ?? [],
        subject: {
          commonName: subject?.commonName ?? "",
          organization: subject?.organization ?? "",
          organizationalUnit: subject?.organizationalUnit ?? "",
        },
        maximumTtlMs: durationMs(x509?.maximumTtl),
      },
      jwt: {
        extraClaims: (jwt?.extraClaims ?? {}) as Claims,
        maximumTtlMs: durationMs(jwt?.maximumTtl),
      },
    },
  };
}

const ruleOf = ({ conditions, expression }: WorkloadIdentityRule): WorkloadRule => ({
  conditions: conditions.map(conditionOf),
  expression,
});

function conditionOf({ attribute, operator }: WorkloadIdentityCondition): WorkloadCondition {
  switch (operator.case) {
    case "eq":
      return { attribute, operator: "eq", values: [operator.value.value] };
    case "notEq":
      return { attribute, operator: "not_eq", values: [operator.value.value] };
    case "in":
      return { attribute, operator: "in", values: operator.value.values };
    case "notIn":
      return { attribute, operator: "not_in", values: operator.value.values };
    case undefined:
      return { attribute, operator: undefined, values: [] };
  }
}

/** A duration of zero says nothing, as one that is left out. */
export function durationMs(duration: Duration | undefined): number | undefined {
  if (duration === undefined) return undefined;
  const ms = Number(duration.seconds) * 1000 + duration.nanos / 1_000_000;
  return ms === 0 ? undefined : ms;
}
