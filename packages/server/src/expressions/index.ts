// The one grammar of label expressions, `where` clauses, filters and templates, and the patterns that names are matched with.
export { type AttributeLanguage, type AttributeText, attributeLanguage } from "./attribute-language.ts";
export type { AttributeType, AttributeValues } from "./attribute-vocabulary.ts";
export type {
  ExpressionUser,
  ImpersonateWhereEnv,
  LabelExpressionEnv,
  Predicate,
  ResourceFilterEnv,
  ReviewWhereEnv,
  RuleSubject,
  RuleWhereEnv,
  ThresholdFilterEnv,
} from "./environment.ts";
export { type ClaimMapping, mapClaims, mapClaimsToPatterns } from "./map-claims.ts";
export { type Matcher, matchesLabels, parseMatcher, parseRoleMatcher } from "./matcher.ts";
export { nearestName } from "./nearest-name.ts";
export {
  parseImpersonateWhere,
  parseLabelExpression,
  parseResourceFilter,
  parseReviewWhere,
  parseRuleWhere,
  parseThresholdFilter,
} from "./predicates.ts";
export { hasReference } from "./regexp-replace.ts";
export { checkTemplate, expandTemplate, type TemplateOptions } from "./template.ts";
