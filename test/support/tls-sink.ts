/** A host that takes all mail over TLS, and lets in one login: for whoever calls other hosts. */
import type { AddressInfo } from "node:net";
import { generate } from "selfsigned";
import { SMTPServer } from "smtp-server";

export interface TlsSinkOptions {
  /** TLS from the first byte. */
  readonly implicit?: boolean;
  /** Without STARTTLS a password would go in plain text, which this host would take. */
  readonly starttls?: boolean;
  readonly login?: { readonly user: string; readonly pass: string };
  /** What the certificate is for; the address of the host unless it is said. */
  readonly certifiedFor?: string;
  /** Recipients that nobody has there. */
  readonly refuse?: RegExp;
}

export interface TlsSink {
  readonly port: number;
  /** PEM of its certificate, which it has signed itself. */
  readonly ca: string;
  /** What it has taken: over TLS or not, after whose login, for whom. */
  readonly taken: { readonly tls: boolean; readonly login?: string; readonly to: readonly string[] }[];
  /** Passwords that were tried, and whether in plain text. */
  readonly tried: { readonly user: string; readonly pass: string; readonly tls: boolean }[];
  /** Connections so far. */
  connections(): number;
  close(): Promise<void>;
}

/** X.509's kind of name that is an address. */
const IP = 7;
const DNS = 2;

export async function startTlsSink(options: TlsSinkOptions = {}): Promise<TlsSink> {
  const { implicit = false, starttls = true, login, certifiedFor, refuse } = options;
  const name =
    certifiedFor === undefined
      ? ({ type: IP, ip: "127.0.0.1" } as const)
      : ({ type: DNS, value: certifiedFor } as const);
  const { cert, private: key } = await generate([{ name: "commonName", value: "sink" }], {
    extensions: [{ name: "subjectAltName", altNames: [name] }],
  });
  const taken: TlsSink["taken"] = [];
  const tried: TlsSink["tried"] = [];
  let connections = 0;
  const server = new SMTPServer({
    ...{ cert, key, secure: implicit, logger: false },
    disabledCommands: starttls ? [] : ["STARTTLS"],
    allowInsecureAuth: true,
    authOptional: login === undefined,
    authMethods: ["PLAIN", "LOGIN"],
    disableReverseLookup: true,
    onConnect: (_session, done) => {
      connections += 1;
      done();
    },
    onAuth: ({ username, password }, session, done) => {
      const [user, pass] = [username ?? "", password ?? ""];
      tried.push({ user, pass, tls: session.secure });
      const right = user === login?.user && pass === login.pass;
      done(right ? null : new Error("Invalid username or password"), right ? { user } : undefined);
    },
    onRcptTo: ({ address }, _session, done) => {
      const nobody = Object.assign(new Error("5.1.1 nobody of that name here"), { responseCode: 550 });
      done(refuse?.test(address) === true ? nobody : null);
    },
    onData: (stream, session, done) => {
      stream.resume();
      stream.once("end", () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        taken.push({ tls: session.secure, ...(login === undefined ? {} : { login: String(session.user) }), to });
        done();
      });
    },
  });
  // A handshake that a client breaks off is what some tests are about.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    ...{ ca: cert, taken, tried },
    connections: () => connections,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
