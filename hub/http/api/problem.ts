import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { Refusal, type RefusalKind } from "#hub/directory/refusal.js";

/** An answer that is no success. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

const STATUS: Readonly<Record<RefusalKind, number>> = { unknown: 404, conflict: 409, bad: 422 };

const TITLES: Readonly<Record<number, string>> = {
  400: "The request is not understood",
  401: "A login is needed",
  403: "Not permitted",
  404: "Not found",
  409: "It would contradict what is there",
  413: "The request is too large",
  415: "The body must be JSON",
  422: "The values will not do",
  429: "Too many wrong passwords",
  503: "Too busy",
};

/**
 * Every failure as a problem document (RFC 9457): `title` is the kind, `detail` names the value and the cure. What nobody
 * foresaw is logged, and the caller learns no more than that.
 */
export function answerProblem(log: (event: string, fields: Record<string, unknown>) => void) {
  return (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { status, detail, headers } = known(error) ?? unforeseen(log, error, request);
    return reply
      .code(status)
      .headers(headers ?? {})
      .type("application/problem+json")
      .send({ title: TITLES[status] ?? "It did not work", status, detail });
  };
}

interface Known {
  readonly status: number;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function known(error: FastifyError | Error): Known | undefined {
  if (error instanceof HttpProblem) return { status: error.status, detail: error.message, headers: error.headers };
  if (error instanceof Refusal) return { status: STATUS[error.kind], detail: error.message };
  if (error instanceof z.ZodError) return { status: 422, detail: z.prettifyError(error) };
  // Of the framework itself: a body that is too large, or no JSON.
  const status = "statusCode" in error ? error.statusCode : undefined;
  return status !== undefined && status >= 400 && status < 500 ? { status, detail: error.message } : undefined;
}

function unforeseen(
  log: (event: string, fields: Record<string, unknown>) => void,
  error: Error,
  request: FastifyRequest,
): Known {
  log("internal-error", { where: `${request.method} ${request.routeOptions.url ?? "?"}`, text: String(error) });
  return { status: 500, detail: "An error that nobody foresaw; it stands in the log" };
}
