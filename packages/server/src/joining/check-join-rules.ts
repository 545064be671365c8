import { AppError } from "@sallyport/api";
import type { ProvisionTokenSpecV2, TokenRule } from "@sallyport/api/gen/teleport/legacy/types/types_pb";

/** Methods that ask somebody else who is joining, and the section of the spec that says who may. */
const sections = {
  github: "GitHub",
  circleci: "CircleCI",
  kubernetes: "Kubernetes",
  azure: "Azure",
  gitlab: "GitLab",
  gcp: "GCP",
  spacelift: "Spacelift",
  tpm: "TPM",
  terraform_cloud: "TerraformCloud",
  bitbucket: "Bitbucket",
  oracle: "Oracle",
  azure_devops: "AzureDevops",
} as const satisfies Record<string, keyof ProvisionTokenSpecV2>;

/**
 * Throws BAD_PARAMETER where the rules do not go with the method: one that asks somebody else needs a rule, and no rule may
 * be empty, as it would let everybody in. What a secret token is for is said by nothing but its name.
 */
export function checkJoinRules(spec: ProvisionTokenSpecV2): void {
  const method = spec.JoinMethod;
  if (method === "ec2" || method === "iam") {
    checkRules("spec.allow", method, spec.Allow);
    for (const rule of spec.Allow) checkCloudRule(method, rule);
  } else if (spec.Allow.length > 0) {
    throw bad(`spec.allow is for the methods ec2 and iam, not for ${method}`);
  } else if (method in sections) {
    const section = sections[method as keyof typeof sections];
    checkRules(`spec.${method}.allow`, method, spec[section]?.Allow ?? []);
    if (method === "kubernetes") checkServiceAccounts(spec);
  }
}

function checkCloudRule(method: "ec2" | "iam", rule: TokenRule): void {
  const ofEc2 = { own: rule.AWSRole, named: "aws_role" };
  const ofIam = { own: rule.AWSARN, named: "aws_arn" };
  const [mine, other] = method === "ec2" ? [ofEc2, ofIam] : [ofIam, ofEc2];
  if (other.own !== "") throw bad(`spec.allow: ${other.named} does not go with ${method}`);
  if (method === "iam" && rule.AWSRegions.length > 0) {
    throw bad("spec.allow: aws_regions does not go with iam");
  }
  if (rule.AWSAccount === "" && mine.own === "") {
    throw bad(`spec.allow: each rule names aws_account or ${mine.named}`);
  }
}

function checkRules(field: string, method: string, rules: readonly object[]): void {
  if (rules.length === 0) throw bad(`${field} is empty; ${method} needs a rule that says who may join`);
  const empty = rules.findIndex((rule) =>
    Object.entries(rule).every(([name, value]) => saysNothing(name, value)),
  );
  if (empty >= 0) throw bad(`${field}[${empty}] is empty, so everybody would match it`);
}

/** `$typeName` and the like are no fields. */
function saysNothing(name: string, value: unknown): boolean {
  if (name.startsWith("$") || value === undefined || value === "" || value === false) return true;
  return Array.isArray(value) && value.length === 0;
}

function checkServiceAccounts({ Kubernetes }: ProvisionTokenSpecV2): void {
  for (const { ServiceAccount: account } of Kubernetes?.Allow ?? []) {
    if (/^[^:]+:[^:]+$/.test(account)) continue;
    throw bad("spec.kubernetes.allow: a service_account has the form namespace:name");
  }
}

function bad(message: string): AppError {
  return new AppError("BAD_PARAMETER", `token: ${message}`);
}
