import { deferred, delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import type { RecipientAnswer } from "./wire/answer.ts";

/** Outcomes as answers on the link, and back (pure). The usual answer, taken for everybody, is an empty list. */
export function answersOf(outcomes: readonly Outcome[]): RecipientAnswer[] {
  if (outcomes.every(({ kind }) => kind === "delivered")) return [];
  return outcomes.map((outcome) => {
    switch (outcome.kind) {
      case "delivered":
        return { letter: "K", text: "" };
      case "deferred":
        return { letter: "Z", text: `${outcome.status} ${outcome.text}` };
      case "failed":
        return { letter: "D", text: `${outcome.status} ${outcome.text}` };
      default:
        return outcome satisfies never;
    }
  });
}

/** @param remote who answered; an answer that is missing is a deferral */
export function outcomesOf(answers: readonly RecipientAnswer[], recipients: number, remote: string): Outcome[] {
  return Array.from({ length: recipients }, (_one, index) => {
    const answer = answers.length === 0 ? TAKEN : answers[index];
    return answer === undefined
      ? deferred("4.4.2", "no answer came for this recipient", remote)
      : outcomeOf(answer, remote);
  });
}

const TAKEN: RecipientAnswer = { letter: "K", text: "" };

function outcomeOf({ letter, text }: RecipientAnswer, remote: string): Outcome {
  const [, status, words] = /^([45]\.\d{1,3}\.\d{1,3}) (.*)$/s.exec(text) ?? [];
  switch (letter) {
    case "K":
      return delivered(text === "" ? "taken" : text, remote);
    case "Z":
      return deferred(status?.startsWith("4") ? status : "4.0.0", words ?? text, remote);
    case "D":
      return failed(status?.startsWith("5") ? status : "5.0.0", words ?? text, remote);
    default:
      return letter satisfies never;
  }
}
