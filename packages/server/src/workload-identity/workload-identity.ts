/** What workloads may be called, and which may be called so. Texts may hold `{{…}}`, which nothing has filled in yet. */
export interface WorkloadIdentity {
  readonly name: string;
  readonly revision: string;
  readonly labels: Readonly<Record<string, string>>;
  /** One of these has to be met; without any, every workload may have it. */
  readonly rules: readonly WorkloadRule[];
  readonly spiffe: {
    /** Path of the SPIFFE ID. */
    readonly id: string;
    readonly hint: string;
    readonly x509: X509Settings;
    readonly jwt: JwtSettings;
  };
}

/** Conditions, all of which have to be met, or an expression; never both. */
export interface WorkloadRule {
  readonly conditions: readonly WorkloadCondition[];
  readonly expression: string;
}

export interface WorkloadCondition {
  readonly attribute: string;
  /** Undefined where none was sent. */
  readonly operator: "eq" | "not_eq" | "in" | "not_in" | undefined;
  readonly values: readonly string[];
}

interface X509Settings {
  readonly dnsSans: readonly string[];
  readonly subject: SubjectTemplate;
  /** Undefined where it is not set. */
  readonly maximumTtlMs: number | undefined;
}

/** "" = the subject has no such part. */
export interface SubjectTemplate {
  readonly commonName: string;
  readonly organization: string;
  readonly organizationalUnit: string;
}

interface JwtSettings {
  readonly extraClaims: Claims;
  readonly maximumTtlMs: number | undefined;
}

export type Claims = { readonly [name: string]: Claim };
export type Claim = string | number | boolean | null | readonly Claim[] | Claims;
