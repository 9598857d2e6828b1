import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Directory } from "#hub/directory/directory.js";
import type { InstructionRecord } from "#hub/directory/instructions.js";
import { saveInstructions } from "#hub/directory/save-instructions.js";
import type { DirectoryView } from "#hub/routing/view.js";
import { MAX_LOCAL } from "#shared/mail/address.js";
import { MAX_INSTRUCTIONS, parseInstructions } from "#shared/mail/instructions.js";
import { HttpProblem } from "./problem.ts";
import type { SignIn } from "./sign-in.ts";

export interface OwnInstructionsContext {
  readonly directory: Directory;
  readonly view: DirectoryView;
  readonly signIn: SignIn;
}

const QUERY = z.strictObject({ extension: z.string().max(MAX_LOCAL).default("") });
const BODY = z.strictObject({ lines: z.array(z.string().max(MAX_INSTRUCTIONS)).min(1).max(MAX_INSTRUCTIONS) });

const PATH = "/api/v1/me/instructions";

/** What somebody wants done with her mail, by her own password. Programs run on the hub, so only its administrator names them. */
export function ownInstructions(app: FastifyInstance, { directory, view, signIn }: OwnInstructionsContext): void {
  app.get(PATH, async (request) => {
    const person = await signIn.person(request);
    return { instructions: directory.instructions.list(person).map(documentOf) };
  });

  app.put(PATH, async (request) => {
    const person = await signIn.person(request);
    const { extension } = QUERY.parse(request.query);
    const { lines } = BODY.parse(request.body);
    const text = lines.join("\n");
    refusePrograms(text);
    return documentOf(saveInstructions(directory, view, person, extension, text));
  });

  app.delete(PATH, async (request, reply) => {
    const person = await signIn.person(request);
    const { extension } = QUERY.parse(request.query);
    directory.instructions.remove(person, extension);
    return reply.code(204).send();
  });
}

/** Asked of the whole text: a line that is given may hold several. */
function refusePrograms(text: string): void {
  const parsed = parseInstructions(text);
  for (const one of Array.isArray(parsed) ? parsed : [])
    if (one.kind === "program")
      throw new HttpProblem(403, `${JSON.stringify(one.command)} is a program: only the administrator sets those`);
}

function documentOf({ extension, text }: InstructionRecord) {
  return { extension, lines: text.split("\n") };
}
