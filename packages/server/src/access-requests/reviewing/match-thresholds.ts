import { parseThresholdFilter } from "../../expressions/index.ts";
import type { ReviewThreshold } from "../../roles/index.ts";
import type { AccessRequest, AccessReview } from "../access-request.ts";
import { type Reviewer, reviewEnvironment } from "./review-permission.ts";

/** The indexes of the thresholds that this review counts for; none is fine, it then has no effect. */
export function matchThresholds(
  request: AccessRequest,
  review: Pick<AccessReview, "reason" | "annotations">,
  reviewer: Reviewer,
): readonly number[] {
  const environment = { ...reviewEnvironment(reviewer, request), review };
  const counts = ({ filter }: ReviewThreshold) => {
    if (filter === "") return true;
    try {
      return parseThresholdFilter(filter).evaluate(environment);
    } catch {
      // A filter narrows who counts. One that cannot be read counts for nobody.
      return false;
    }
  };
  return request.thresholds.flatMap((threshold, index) => (counts(threshold) ? [index] : []));
}
