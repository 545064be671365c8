import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../openssh/sshd-host.ts";
import { reasonToSkip } from "./reason-to-skip.ts";

const READY_MS = 15_000;

/** For `describe(name, needsNginx, …)`. */
export const needsNginx = { skip: reasonToSkip("nginx") };

export interface NginxFiles {
  readonly certificate: string;
  readonly key: string;
  /** Authorities of clients, and their revocation lists, in PEM. */
  readonly clientCas: string;
  readonly crls: string;
}

/** What is shown to a server, and by what its certificate is verified. */
export interface TlsClient {
  readonly cert?: string;
  readonly key?: string;
  readonly ca: string;
  readonly servername: string;
}

/** A real nginx that wants a certificate by one of these authorities, and says what it sees in it. */
export class NginxServer implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "sallyport-nginx-"));
  #port = 0;
  #process: ChildProcess | undefined;

  static async start(files: NginxFiles): Promise<NginxServer> {
    const server = new NginxServer();
    try {
      await server.#start(files);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #start(files: NginxFiles): Promise<void> {
    this.#port = await freePort();
    const write = (name: string, text: string) =>
      writeFileSync(join(this.directory, name), text, { mode: 0o600 });
    write("server.pem", files.certificate);
    write("server.key", files.key);
    write("clients.pem", files.clientCas);
    write("clients.crl", files.crls);
    write("nginx.conf", this.#configuration());
    const args = ["-p", this.directory, "-c", "nginx.conf", "-e", "error.log"];
    this.#process = spawn("nginx", args, { stdio: "ignore", env: { PATH: `${process.env.PATH}:/usr/sbin` } });
    for (const until = Date.now() + READY_MS; Date.now() < until; await wait(20)) {
      if (existsSync(join(this.directory, "nginx.pid"))) return;
      if (this.#process.exitCode !== null) break;
    }
    throw new Error(`nginx did not start in ${this.directory}`);
  }

  #configuration(): string {
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    return `daemon off;
master_process off;
pid nginx.pid;
events {}
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${name};`).join("\n  ")}
  server {
    listen 127.0.0.1:${this.#port} ssl;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ssl_client_certificate clients.pem;
    ssl_crl clients.crl;
    ssl_verify_client on;
    location / { return 200 "$ssl_client_verify $ssl_client_s_dn"; }
  }
}
`;
  }

  /** The status, and what nginx says of the certificate. */
  get(client: TlsClient): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((resolve, reject) => {
      const where = { host: "127.0.0.1", port: this.#port, path: "/", agent: false };
      const asked = request({ ...where, ...client }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      asked.on("error", reject).end();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}
