import { AppError } from "@sallyport/api";
import type {
  ImpersonateWhereEnv,
  LabelExpressionEnv,
  Predicate,
  ResourceFilterEnv,
  ReviewWhereEnv,
  RuleWhereEnv,
  ThresholdFilterEnv,
} from "./environment.ts";

export function parseRuleWhere(_text: string): Predicate<RuleWhereEnv> {
  throw new AppError("NOT_IMPLEMENTED");
}
export function parseReviewWhere(_text: string): Predicate<ReviewWhereEnv> {
  throw new AppError("NOT_IMPLEMENTED");
}
export function parseThresholdFilter(_text: string): Predicate<ThresholdFilterEnv> {
  throw new AppError("NOT_IMPLEMENTED");
}
export function parseImpersonateWhere(_text: string): Predicate<ImpersonateWhereEnv> {
  throw new AppError("NOT_IMPLEMENTED");
}
export function parseLabelExpression(_text: string): Predicate<LabelExpressionEnv> {
  throw new AppError("NOT_IMPLEMENTED");
}
export function parseResourceFilter(_text: string): Predicate<ResourceFilterEnv> {
  throw new AppError("NOT_IMPLEMENTED");
}
