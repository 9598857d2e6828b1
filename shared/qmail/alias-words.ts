/** What stands in one line of an alias file, tokenised as newaliases does: like an address header of RFC 822. */
export type AliasWord =
  | {
      readonly kind: "word";
      readonly text: string;
      /** An unquoted `|` with a quoted text behind it: sendmail's way to write a program, which newaliases misreads. */
      readonly sendmailProgram: boolean;
      /** There is an @ that is not inside quotes. */
      readonly at: boolean;
    }
  /** The word behind `:include:`. */
  | { readonly kind: "include"; readonly text: string }
  | { readonly kind: "colon" }
  | { readonly kind: "comma" };

/**
 * Words, colons and commas of a line; comments are dropped, `Name <address>` is the address, blanks separate words.
 * A text says what does not end.
 */
export function aliasWords(text: string): AliasWord[] | string {
  const words: AliasWord[] = [];
  /** Where the part since the last comma begins: a phrase before <address> goes back to here. */
  let part = 0;
  let includes = false;
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const skipped = /^[ \t;]+/.exec(rest)?.[0].length ?? 0;
    const include = /^:[ \t]*include[ \t]*:/i.exec(rest)?.[0];
    if (skipped > 0) at += skipped;
    else if (include !== undefined) {
      includes = true;
      at += include.length;
    } else if (rest.startsWith(",") || rest.startsWith(":")) {
      words.push({ kind: rest.startsWith(",") ? "comma" : "colon" });
      part = words.length;
      at += 1;
    } else if (rest.startsWith("(")) {
      const length = commentLength(rest);
      if (length === undefined) return "a comment ( that does not end";
      at += length;
    } else if (rest.startsWith("<")) {
      const end = rest.indexOf(">");
      if (end < 0) return "a < without a >";
      words.length = part;
      words.push(plain(rest.slice(1, end).trim()));
      at += end + 1;
    } else {
      const read = wordOf(rest);
      if (typeof read === "string") return read;
      words.push(includes ? { kind: "include", text: read.word.text } : read.word);
      includes = false;
      at += read.length;
    }
  }
  return includes ? "an :include: that names no file" : words;
}

function plain(text: string): AliasWord & { kind: "word" } {
  return { kind: "word", text, sendmailProgram: false, at: text.includes("@") };
}

function commentLength(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "(") depth += 1;
    else if (text[at] === ")") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}

/** Quoted and plain pieces that touch are one word. A text says what does not end. */
function wordOf(text: string): { word: AliasWord & { kind: "word" }; length: number } | string {
  let word = "";
  let at = 0;
  let plainAt = false;
  let sendmailProgram = false;
  while (at < text.length && !/[ \t,;:()<>]/.test(text[at] ?? "")) {
    const piece = /^"(?:[^"\\]|\\.)*"|^\[[^\]]*\]|^\\.|^[^ \t,;:()<>"\\[]+/u.exec(text.slice(at))?.[0];
    if (piece === undefined)
      return text[at] === '"' ? "a quote that does not end" : `a "${text[at]}" that does not end`;
    const quoted = piece.startsWith('"');
    sendmailProgram ||= quoted && word === "|";
    plainAt ||= !quoted && !piece.startsWith("\\") && piece.includes("@");
    word += quoted ? piece.slice(1, -1).replace(/\\(.)/gu, "$1") : piece.replace(/^\\/, "");
    at += piece.length;
  }
  // A lone > or ) stands for itself nowhere; taking it keeps the loop going.
  if (at === 0) return `a "${text[0]}" without its beginning`;
  return { word: { kind: "word", text: word, sendmailProgram, at: plainAt }, length: at };
}
