import { isMailId } from "./mail-id.ts";

/** The word after `by`, outside of comments: what stands in a comment is the sender's own text. */
export function receivingHost(value: string): string | undefined {
  const words = withoutComments(value)
    .toLowerCase()
    .split(/[\s;]+/);
  const by = words.indexOf("by");
  return by < 0 ? undefined : words[by + 1];
}

/** The mail id that stands last before the date, as `receivedLine` writes it. */
export function receivedId(value: string): string | undefined {
  const beforeDate = value.split(";", 1)[0] ?? "";
  const words = beforeDate.trimEnd().split(/\s+/);
  const id = words.at(-1) ?? "";
  return words.at(-2)?.toLowerCase() === "id" && isMailId(id) ? id : undefined;
}

function withoutComments(value: string): string {
  let depth = 0;
  let text = "";
  for (const part of value.split(/([()])/)) {
    if (part === "(") depth++;
    else if (part === ")") depth = Math.max(0, depth - 1);
    else text += depth === 0 ? part : " ";
  }
  return text;
}
