import { describe } from "node:test";
import { concurrencyTests } from "./backend-contract/concurrency.ts";
import { conditionTests } from "./backend-contract/conditions.ts";
import { expiryTests } from "./backend-contract/expiry.ts";
import { modelTests } from "./backend-contract/model.ts";
import { rangeTests } from "./backend-contract/ranges.ts";
import { reopeningTests } from "./backend-contract/reopening.ts";
import type { NewPlace } from "./backend-contract/subject.ts";
import { watchTests } from "./backend-contract/watching.ts";

export type { BackendPlace, NewPlace } from "./backend-contract/subject.ts";

/**
 * Registers the tests that every storage backend must pass, with `node:test`.
 *
 * @param name - of the backend, for the report
 * @param newPlace - makes an empty place for one test; the backend is opened there, perhaps more than once
 * @example backendContract("memory", async () => memoryPlace());
 */
export function backendContract(name: string, newPlace: NewPlace): void {
  describe(`${name}: the storage contract`, () => {
    conditionTests(newPlace);
    rangeTests(newPlace);
    expiryTests(newPlace);
    watchTests(newPlace);
    reopeningTests(newPlace);
    concurrencyTests(newPlace);
    modelTests(newPlace);
  });
}
