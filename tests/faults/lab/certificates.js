// Certificates of our own for loopback, made when they are needed.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const year = (offset) => `${new Date().getUTCFullYear() + offset}0101000000Z`;

/**
 * An authority and what it signed: `good`, `expired` and `wrongHost`; and `selfSigned`, which nobody did.
 *
 * @returns {{ authority: string, remove: () => void, [name: string]: any }} `authority` is the path of its certificate;
 *   the others hold `key` and `cert` as PEM
 */
export function certificates() {
  const folder = mkdtempSync(join(tmpdir(), "tokenwell-certificates-"));
  const openssl = (...args) => execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "ignore"] });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const pair = (name) => ({ key: readFileSync(join(folder, `${name}.key`), "utf8"), cert: readFileSync(join(folder, `${name}.pem`), "utf8") });
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority", "-days", "30");
  writeFileSync(join(folder, "ca.cnf"), `[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
`);
  writeFileSync(join(folder, "index.txt"), "");
  const signed = (name, host, from, to) => {
    openssl("req", "-new", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`, "-addext", `subjectAltName=${host}`);
    openssl("ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", `${name}.csr`, "-out", `${name}.pem`, "-notext", "-startdate", from, "-enddate", to);
    return pair(name);
  };
  openssl("req", "-x509", ...key, "-keyout", "self.key", "-out", "self.pem", "-subj", "/CN=self", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "30");
  return {
    authority: join(folder, "ca.pem"),
    good: signed("good", "IP:127.0.0.1", year(-1), year(2)),
    expired: signed("expired", "IP:127.0.0.1", year(-3), year(-2)),
    wrongHost: signed("wrong", "DNS:other.example", year(-1), year(2)),
    selfSigned: pair("self"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
