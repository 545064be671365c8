import { answerQuestions } from "../helper-process.ts";
import type { TestkitAnswer } from "./testkit.ts";

answerQuestions<object, TestkitAnswer>(async () => {
  const startedAt = performance.now();
  const { startCluster } = await import("@sallyport/testkit");
  const cluster = await startCluster();
  await cluster.admin().ping();
  const readyMs = performance.now() - startedAt;
  await cluster.stop();
  return { readyMs };
});
