import { group, key } from "./key.ts";
import { keySource, keySourceForm } from "./key-source.ts";
import { address, duration, httpUrl, path } from "./scalars.ts";

const REVOCATION_PORT = 3045;

/** What only Sallyport has; other readers of the schema do not know this section. */
export const sallyportSection = group("What goes beyond the Teleport schema.", {
  access_request_history_ttl: key(
    duration,
    "duration",
    "8760h",
    "How long ended access requests can be listed by `tctl requests ls --history`; 0s keeps none.",
    "17520h",
  ),
  certificate_history_ttl: key(
    duration,
    "duration",
    "720h",
    "How long certificates stay in the inventory (`tctl certs ls`) after they have ended.",
    "8760h",
  ),
  revocation_listen_addr: key(
    address(REVOCATION_PORT),
    "host:port",
    "",
    "Where revocation lists and OCSP are served by plain HTTP, to anybody: all of it is signed. Left out, they are not.",
    "0.0.0.0:3045",
  ),
  revocation_public_url: key(
    httpUrl,
    "http URL",
    "",
    "Where everybody reaches `revocation_listen_addr`: X.509 certificates then say where their CRL and OCSP are. Left out, they do not.",
    "http://pki.example.com:3045",
  ),
  ca_key_encryption: group("What the private keys of authorities are encrypted under in the database.", {
    under: key(
      keySource,
      keySourceForm,
      "",
      "The key: 256 bits in a file (`openssl rand -base64 32`), a passphrase, or what a program wraps and unwraps. Left out, they are in clear.",
      "{ key_file: /etc/sallyport/ca.key }",
    ),
    previous: key(
      keySource,
      "as `under`",
      "",
      "What it was before; while the key is changed or the encryption ends.",
      "{ passphrase_file: /etc/sallyport/old-passphrase }",
    ),
    command_timeout: key(duration, "duration", "10s", "How long a program may take."),
  }),
  ca_key_signer: group(
    "A signer that is a service of its own user: `sallyport signer start`, with `pkcs11` in its file.",
    {
      socket: key(
        path,
        "path",
        "",
        "The Unix socket that it listens on, and that the daemon connects to instead of starting a signer itself.",
        "/run/sallyport-signer/socket",
      ),
      secret_path: key(
        path,
        "path",
        "",
        "A file of mode 0600 with 256 bits (`openssl rand -base64 32`) that both know; each user has a copy of its own.",
        "/etc/sallyport/signer.secret",
      ),
    },
  ),
});
