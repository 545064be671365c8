import type { Caller, Verb } from "../../rpc/caller.ts";

/** What a decision needs of an alert. */
export interface AlertFacts {
  readonly Header?: AlertHeader | undefined;
  readonly Spec?: { readonly Severity: number } | undefined;
}

interface AlertHeader {
  readonly Metadata?:
    | { readonly Name: string; readonly Labels: Readonly<Record<string, string>> }
    | undefined;
}

/** What a client asks for. */
export interface AlertWish {
  readonly Severity: number;
  readonly AlertID: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly WithAcknowledged: boolean;
}

const PERMIT_ALL = "teleport.internal/alert-permit-all";
const PERMIT_VERBS = "teleport.internal/alert-verb-permit";
const SUPERSEDES = "teleport.internal/alert-supersedes";

/** Is it one that was asked for? */
export function wantsAlert(alert: AlertFacts, wish: AlertWish, acknowledged: ReadonlySet<string>): boolean {
  const metadata = alert.Header?.Metadata;
  const name = metadata?.Name ?? "";
  if (wish.AlertID !== "" && wish.AlertID !== name) return false;
  if ((alert.Spec?.Severity ?? 0) < wish.Severity) return false;
  if (!wish.WithAcknowledged && acknowledged.has(name)) return false;
  return Object.entries(wish.Labels).every(([key, value]) => metadata?.Labels[key] === value);
}

/** Names of alerts in whose place another of these stands: one that names them, and is more severe. */
export function supersededNames(alerts: readonly AlertFacts[]): ReadonlySet<string | undefined> {
  const severity = ({ Spec }: AlertFacts) => Spec?.Severity ?? 0;
  const above = new Map<string, number>();
  for (const alert of alerts) {
    for (const name of (alert.Header?.Metadata?.Labels[SUPERSEDES] ?? "").split(",")) {
      above.set(name, Math.max(above.get(name) ?? 0, severity(alert)));
    }
  }
  const replaced = alerts.filter((alert) => (above.get(nameOf(alert)) ?? 0) > severity(alert));
  return new Set(replaced.map(nameOf));
}

const nameOf = ({ Header }: AlertFacts): string => Header?.Metadata?.Name ?? "";

/**
 * May the caller see it? Whoever may list alerts sees those that are meant for nobody in particular when asked;
 * everybody else sees what its permit labels let through: all, or holders of one of the named `kind:verb` pairs.
 */
export function maySeeAlert(
  alert: AlertFacts,
  caller: Caller,
  mayList: boolean,
  untargeted: boolean,
): boolean {
  const labels = alert.Header?.Metadata?.Labels ?? {};
  if (mayList && untargeted) return true;
  if (labels[PERMIT_ALL] === "yes") return true;
  return (labels[PERMIT_VERBS] ?? "").split("|").some((pair) => {
    const [kind, verb] = pair.split(":");
    return (
      kind !== undefined &&
      verb !== undefined &&
      kind !== "" &&
      caller.permissions.check(kind, [verb as Verb]).allow
    );
  });
}
