import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadOrMakeCertificate } from "./certificate.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "qrelay-cert-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe("loadOrMakeCertificate", () => {
  it("makes a P-256 certificate for the host once and finds it again", async () => {
    const made = await loadOrMakeCertificate(dir, "kabul.example.org");
    const x509 = new X509Certificate(made.cert);
    expect(x509.subjectAltName).toBe("DNS:kabul.example.org");
    expect(x509.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    expect(await loadOrMakeCertificate(dir, "kabul.example.org")).toEqual(made);
    expect((await readdir(dir)).sort()).toEqual(["tls-cert.pem", "tls-key.pem"]);
    expect((await stat(join(dir, "tls-key.pem"))).mode & 0o777).toBe(0o600);
  });

  it("is valid in 1970 and in ten years, also when made by a clock that says 1970", async () => {
    const { cert } = await loadOrMakeCertificate(dir, "herat.example.org", undefined, () => 0);
    const x509 = new X509Certificate(cert);
    expect(Date.parse(x509.validFrom)).toBe(0);
    expect(Date.parse(x509.validTo)).toBeGreaterThan(Date.parse("2036-01-01"));
  });

  it("makes one that a TLS client accepts for that host", async () => {
    const made = await loadOrMakeCertificate(dir, "herat.example.org");
    const server = createServer(made).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const socket = connect({ port, host: "127.0.0.1", servername: "herat.example.org", ca: made.cert });
    await once(socket, "secureConnect");
    expect(socket.authorized).toBe(true);
    socket.destroy();
    server.close();
  });

  it("takes the configured files, and says which one is missing", async () => {
    const made = await loadOrMakeCertificate(dir, "a.example.org");
    const tls = { cert: join(dir, "tls-cert.pem"), key: join(dir, "tls-key.pem") };
    expect(await loadOrMakeCertificate("/nowhere", "b.example.org", tls)).toEqual(made);
    const missing = loadOrMakeCertificate(dir, "b.example.org", { ...tls, key: "/nowhere/key.pem" });
    await expect(missing).rejects.toMatchObject({ exit: 78, message: expect.stringContaining("tls.key") });
  });

  it("makes both anew when a crash left only the key", async () => {
    const made = await loadOrMakeCertificate(dir, "a.example.org");
    await rm(join(dir, "tls-cert.pem"));
    const again = await loadOrMakeCertificate(dir, "a.example.org");
    expect(again.key).not.toBe(made.key);
  });

  it.each([
    ["of another certificate", () => loadOrMakeCertificate(dir, "b.example.org").then(({ key }) => key)],
    ["that is none", () => Promise.resolve("not a key")],
  ])("refuses a key %s", async (_what, otherKey) => {
    const key = await otherKey();
    for (const name of ["tls-cert.pem", "tls-key.pem"]) await rm(join(dir, name), { force: true });
    await loadOrMakeCertificate(dir, "a.example.org");
    await writeFile(join(dir, "tls-key.pem"), key);
    await expect(loadOrMakeCertificate(dir, "a.example.org")).rejects.toMatchObject({ exit: 78 });
  });

  it("does not put a new key beside a certificate that somebody placed", async () => {
    await loadOrMakeCertificate(dir, "a.example.org");
    await rm(join(dir, "tls-key.pem"));
    await expect(loadOrMakeCertificate(dir, "a.example.org")).rejects.toMatchObject({ exit: 78 });
    expect(await readdir(dir)).toEqual(["tls-cert.pem"]);
  });

  it("says when it cannot write", async () => {
    await expect(loadOrMakeCertificate(join(dir, "absent"), "a.example.org")).rejects.toMatchObject({ exit: 73 });
  });
});
