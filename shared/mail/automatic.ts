import { isBounceSender } from "./sender-after.ts";

/** Fields of answering machines that do not know RFC 3834. */
const MARKS = ["x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-vacation"];

/**
 * Whether a program sent it: a bounce, a receipt, a vacation notice, a list (RFC 3834 §2, §5). Nobody has meant anything by it.
 *
 * @param field the first field of a name, without its name
 */
export function isAutomatic(sender: string, field: (name: string) => string | undefined): boolean {
  const submitted = field("auto-submitted") ?? "no";
  return (
    isBounceSender(sender) ||
    /^mailer-daemon(@|$)/i.test(sender) ||
    !/^no\b/i.test(submitted) ||
    /^(bulk|junk|list|auto[_-]?reply)$/i.test(field("precedence") ?? "") ||
    /^multipart\/report\b/i.test(field("content-type") ?? "") ||
    MARKS.some((name) => field(name) !== undefined)
  );
}
