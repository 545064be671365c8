import { boundedCache } from "./bounded-cache.ts";
import { compileExpression } from "./compile-expression.ts";
import type { Predicate } from "./environment.ts";
import { labelExpression } from "./label-expression.ts";
import { parseExpression } from "./parse-expression.ts";
import { resourceFilter } from "./resource-filter.ts";
import { reviewWhere, thresholdFilter } from "./review-where.ts";
import { impersonateWhere, ruleWhere } from "./rule-where.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Each language has its own, so that a flood of filters from anybody does not push out the rules of roles. */
const CACHED_PREDICATES = 1000;

export const parseRuleWhere = cachedParser(ruleWhere);
export const parseImpersonateWhere = cachedParser(impersonateWhere);
export const parseReviewWhere = cachedParser(reviewWhere);
export const parseThresholdFilter = cachedParser(thresholdFilter);
export const parseLabelExpression = cachedParser(labelExpression);
export const parseResourceFilter = cachedParser(resourceFilter);

function cachedParser<Env>(vocabulary: Vocabulary<Env>): (text: string) => Predicate<Env> {
  const cache = boundedCache<Predicate<Env>>(CACHED_PREDICATES);
  return (text) => cache.get(text, (missing) => parsePredicate(vocabulary, missing));
}

function parsePredicate<Env>(vocabulary: Vocabulary<Env>, text: string): Predicate<Env> {
  const source = { text, title: vocabulary.title };
  const evaluate = compileExpression(source, vocabulary, parseExpression(source));
  return { text, evaluate };
}
