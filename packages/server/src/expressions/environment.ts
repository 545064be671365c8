import type { Traits } from "@sallyport/api";

/**
 * A resource as its JSON reads (`metadata.name`, `spec.roles`, …): snake case names, lists and maps as they are.
 * It carries all its fields, empty ones too: a field that is not there is an error, so that a typing mistake never
 * grants. Only the header, the metadata and keys of maps (`labels["x"]`) may be missing; they are empty then.
 */
export type RuleSubject = Readonly<Record<string, unknown>>;

/** A parsed expression. Evaluation may throw an AppError: the caller treats that as a refusal. */
export interface Predicate<Env> {
  readonly text: string;
  evaluate(env: Env): boolean;
}

/** The user as expressions see it: `user.metadata.name`, `user.metadata.labels`, `user.spec.roles`, `user.spec.traits`. */
export interface ExpressionUser {
  readonly name: string;
  readonly roles: readonly string[];
  readonly traits: Traits;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What the `where` of a rule sees. An object that is not at hand is left out. */
export interface RuleWhereEnv {
  readonly user: ExpressionUser;
  /** Left out where no object is at hand; then only kind, sub_kind, version and metadata can be asked for. */
  readonly resource?: RuleSubject;
  readonly session?: RuleSubject;
  readonly sshSession?: RuleSubject;
  readonly sessionTracker?: RuleSubject;
  readonly hostCert?: RuleSubject;
}

export interface ReviewWhereEnv {
  readonly reviewer: { readonly roles: readonly string[]; readonly traits: Traits };
  readonly request: {
    readonly roles: readonly string[];
    readonly reason: string;
    readonly systemAnnotations: Traits;
  };
}

export interface ThresholdFilterEnv extends ReviewWhereEnv {
  readonly review: { readonly reason: string; readonly annotations: Traits };
}

export interface ImpersonateWhereEnv {
  readonly user: ExpressionUser;
  readonly impersonateRole?: RuleSubject;
  readonly impersonateUser?: ExpressionUser;
}

export interface LabelExpressionEnv {
  readonly labels: Readonly<Record<string, string>>;
  readonly user: { readonly traits: Traits };
}

export interface ResourceFilterEnv {
  readonly labels: Readonly<Record<string, string>>;
  /** The name a person knows it by: for a node its host name. */
  readonly name: string;
  readonly resource: RuleSubject;
  readonly health?: { readonly status: string };
  /** What `search(…)` looks through besides name and labels. */
  readonly searchValues?: readonly string[];
}
