// The signer of a configuration, as another user where root starts it: UID GID FILE.
import { loadSigner } from "../service/run-signer.ts";
import { startSigner } from "../service/start-signer.ts";
import { become } from "./become.ts";

const [uid, gid, configFile] = process.argv.slice(2);
await loadSigner();
become([uid, gid]);
process.exitCode = await startSigner({ configFile }).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
