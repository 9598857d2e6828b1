import type { FastifyRequest } from "fastify";
import { isLoopback } from "#shared/config/network.js";
import { checkLogin } from "#shared/mailbox/check-login.js";
import { HttpProblem } from "./problem.ts";
import { WrongPasswords } from "./wrong-passwords.ts";

/** Somebody of the directory, as a login names her. */
export interface SignInAccount {
  readonly name: string;
  readonly suspended: boolean;
  readonly passwordHash?: string | undefined;
}

export interface SignInContext {
  readonly dir: string;
  readonly account: (login: string) => SignInAccount | undefined;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  readonly now: () => number;
}

/** One check takes 19 MB and 30 ms of a processor. */
const MAX_CHECKS = 4;
const MAX_LOGIN = 320;

/**
 * Who asks: full address and password of the directory (RFC 7617), for each request anew. Passwords are taken from this machine
 * only: from elsewhere a proxy with TLS stands before us.
 */
export class SignIn {
  readonly #context: SignInContext;
  readonly #wrong: WrongPasswords;
  #checks = 0;

  constructor(context: SignInContext) {
    this.#context = context;
    this.#wrong = new WrongPasswords(context.now);
  }

  /** The name of the person. Throws `HttpProblem`: 401, 403, 429, 503. */
  async person(request: FastifyRequest): Promise<string> {
    const peer = request.socket.remoteAddress ?? "";
    if (!isLoopback(peer))
      throw new HttpProblem(403, `Passwords are not taken from ${peer}: put a proxy with TLS before http.listen`);
    const given = credentials(request.headers.authorization);
    if (given === undefined) throw unauthorised("Give the full address and the password");
    const wait = this.#wrong.wait(given.login);
    if (wait > 0) {
      const after = String(Math.ceil(wait / 1000));
      throw new HttpProblem(429, `Try again in ${after} s`, { "retry-after": after });
    }
    if (this.#checks >= MAX_CHECKS) throw new HttpProblem(503, "Try again in a moment", { "retry-after": "1" });
    this.#checks += 1;
    try {
      return await this.#check(given.login, given.password, peer);
    } finally {
      this.#checks -= 1;
    }
  }

  async #check(login: string, password: string, peer: string): Promise<string> {
    const { dir, account, log } = this.#context;
    const found = account(login);
    const right = await checkLogin(dir, found?.suspended === true ? undefined : found, password);
    log(right === undefined ? "auth-failed" : "auth-ok", { peer, service: "http", person: login });
    if (right === undefined) {
      this.#wrong.note(login);
      throw unauthorised("Unknown address, wrong password, or suspended");
    }
    this.#wrong.forget(login);
    return right.name;
  }
}

function unauthorised(detail: string): HttpProblem {
  return new HttpProblem(401, detail, { "www-authenticate": 'Basic realm="qrelay", charset="UTF-8"' });
}

function credentials(header: string | undefined): { login: string; password: string } | undefined {
  const [, encoded] = /^basic ([a-z0-9+/]+={0,2})$/i.exec(header ?? "") ?? [];
  const text = Buffer.from(encoded ?? "", "base64").toString();
  const colon = text.indexOf(":");
  if (colon < 1 || colon > MAX_LOGIN) return undefined;
  return { login: text.slice(0, colon), password: text.slice(colon + 1) };
}
