import type { FastifyInstance } from "fastify";
import { hubView } from "#hub/hub-store.js";
import { accountOf } from "#hub/log-in.js";
import type { HubNode } from "#hub/node.js";
import { ownInstructions } from "./own-instructions.ts";
import { answerProblem, HttpProblem } from "./problem.ts";
import { SignIn } from "./sign-in.ts";

export type ApiContext = Pick<HubNode, "config" | "directory" | "log" | "now">;

/** The HTTP API under /api/v1. It calls what the commands call, so that the two cannot disagree. */
export function registerApi(app: FastifyInstance, { config, directory, log, now }: ApiContext): void {
  // A form of another site can send text, but no JSON: so nobody's browser is made to change anything.
  app.removeContentTypeParser("text/plain");
  app.setErrorHandler(answerProblem(log));
  app.setNotFoundHandler((request) => {
    throw new HttpProblem(404, `There is no ${request.method} ${request.url.slice(0, 200)}`);
  });
  const account = (login: string) => accountOf({ directory, config }, login);
  const signIn = new SignIn({ dir: config.dir, account, log, now });
  ownInstructions(app, { directory, view: hubView({ config, directory }), signIn });
}
