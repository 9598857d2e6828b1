import type { Dice } from "./dice.ts";
import type { Program } from "./people.ts";

/** The HTML that a mail program makes of a plain body. */
export function htmlOf(dice: Dice, body: string, markup: Program["markup"]): string {
  return markup === "word" ? wordMarkup(dice, body) : webmailMarkup(dice, body);
}

/** Characters of HTML for one of plain text, roughly, so that sizes can be aimed at. */
export const EXPANSION = { word: 5, webmail: 2.6 } as const;

/** As a word processor does: every line a paragraph and a span with styles of its own. */
function wordMarkup(dice: Dice, body: string): string {
  const font = dice.pick(["Calibri", "Arial", "Verdana", "Times New Roman"]);
  const lines = body.split("\n").map((line) => {
    const size = dice.chance(0.9) ? "11.0" : `${dice.between(8, 15)}.0`;
    const colour = dice.chance(0.9) ? "#1F497D" : `#${dice.hex(6).toUpperCase()}`;
    const mark = dice.chance(0.15) ? `<a name="_Hlk${dice.between(1e7, 1e8)}"></a>` : "";
    const inner = line === "" ? "<o:p>&nbsp;</o:p>" : `${mark}${linked(dice, escaped(line))}<o:p></o:p>`;
    return `<p class="MsoNormal"><span lang="EN-GB" style="font-size:${size}pt;font-family:&quot;${font}&quot;,sans-serif;color:${colour}">${inner}</span></p>`;
  });
  return `${WORD_HEAD}${styleSheet(dice)}${WORD_BODY}\n${lines.join("\n")}\n</div>\n</body>\n</html>\n`;
}

/** As webmail does: divisions and nested quotations. */
function webmailMarkup(dice: Dice, body: string): string {
  let depth = 0;
  const lines = body.split("\n").map((line) => {
    const wanted = /^>*/.exec(line.replace(/> (?=>)/g, ">"))?.[0].length ?? 0;
    const change =
      wanted > depth ? BLOCK.repeat(wanted - depth) : wanted < depth ? "</blockquote>".repeat(depth - wanted) : "";
    depth = wanted;
    const text = line.replace(/^[> ]+/, "");
    const style = dice.chance(0.3)
      ? ` style="color:rgb(${dice.between(0, 256)},${dice.between(0, 256)},${dice.between(0, 256)})"`
      : "";
    return `${change}<div${style}>${text === "" ? "<br>" : linked(dice, escaped(text))}</div>`;
  });
  return `<div dir="ltr" id="m_${dice.between(1e9, 9e9)}">${lines.join("\n")}${"</blockquote>".repeat(depth)}</div>\n`;
}

const BLOCK =
  '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">';
const WORD_HEAD =
  '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">\n<head>\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n<meta name="Generator" content="Microsoft Word 15 (filtered medium)">\n';
const WORD_BODY =
  '</head>\n<body lang="EN-GB" link="#0563C1" vlink="#954F72" style="word-wrap:break-word">\n<div class="WordSection1">';

/** Rules that differ from letter to letter in their numbers only. */
function styleSheet(dice: Dice): string {
  const rules = Array.from({ length: dice.between(4, 24) }, (_one, at) => {
    const margins = Array.from({ length: 4 }, () => `${dice.between(0, 40)}.0pt`).join(" ");
    return `p.${dice.of("abcdefghijklmnop", 8)}${at}, span.EmailStyle${dice.between(17, 99)}\n\t{mso-style-priority:${dice.between(1, 99)};\n\tmargin:${margins};\n\tfont-size:${dice.between(8, 15)}.0pt;\n\tfont-family:"Calibri",sans-serif;}`;
  });
  return `<style><!--\n/* Style Definitions */\n${rules.join("\n")}\n--></style>\n`;
}

/** Links carry ids that nobody can foresee. */
function linked(dice: Dice, text: string): string {
  if (!dice.chance(0.05)) return text;
  return `${text} <a href="https://links.example.com/ls/click?upn=${dice.hex(40)}&amp;e=${dice.hex(10)}" target="_blank">link</a>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
