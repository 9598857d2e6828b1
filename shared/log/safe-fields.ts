/** Field names whose values are secrets or mail; whoever logs one by mistake logs this word instead. */
const SECRET = /^(password|passwd|secret|key|psk|token|data|body)$/i;
const REDACTED = "[redacted]";

/** Names that the log line itself uses: a field of that name would hide them. */
const RESERVED = new Set(["time", "level", "event"]);

/** A reply or address longer than this says no more, and a stranger chose its length. */
const MAX_TEXT = 500;
/** Recipients of one message may be thousands; a log line is read by people. */
const MAX_ITEMS = 50;
/** Deeper than any field of ours; also what ends a cycle. */
const MAX_DEPTH = 4;

/** The fields of one log line made safe to write: bounded, without secrets, and always JSON. */
export function safeFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name, value]) => value !== undefined && !RESERVED.has(name))
      .map(([name, value]) => [name, safeField(name, value, 0)]),
  );
}

function safeField(name: string, value: unknown, depth: number): unknown {
  return SECRET.test(name) ? REDACTED : safeValue(value, depth);
}

function safeValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return safeText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return safeText(value.message || value.name);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  // Bytes are mail or key material; only their number may be told.
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return "…";
  if (Array.isArray(value)) return safeList(value, depth);
  const entries = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(entries.map(([name, inner]) => [name, safeField(name, inner, depth + 1)]));
}

function safeList(list: readonly unknown[], depth: number): unknown[] {
  const kept = list.slice(0, MAX_ITEMS).map((item) => safeValue(item, depth + 1));
  return list.length > MAX_ITEMS ? [...kept, `… ${list.length - MAX_ITEMS} more`] : kept;
}

function safeText(text: string): string {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
  // JSON escapes the control characters below 0x20 but not these, which some terminals obey too.
  return short.replace(/[\x7f-\x9f\u2028\u2029]/g, "\ufffd").toWellFormed();
}
