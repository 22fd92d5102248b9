import type { Timeline } from "../../core/timeline";
import type { Choice as Chosen, Message } from "../../core/wire";
import type { Ui } from "../ui";
import { say } from "../verbs";
import type { WidgetWords } from "../words";

interface Choice {
  title: string;
  value: string;
}

interface Given {
  ui: Ui;
  message: Message;
  /** May still be chosen of. */
  isOpen: boolean;
}

type Offer = { choices?: Choice[]; values?: string[]; input?: string };

const FIRST = ["flow:send", "flow:done"];
const LAST = ["flow:back", "flow:out"];

/** Buttons that say something: what may be answered, whether an answer helped, where a flow goes next. */
export function Offered(given: Given) {
  const { ui: { words }, message, isOpen } = given;
  const { choices = [], values = [], input } = message.data as Offer;
  const chosen = chosenOf(given.ui.state.timeline, message);
  const group = { ...given, chosen };
  const isControl = ({ value }: Choice): boolean => value === "flow:skip" || FIRST.includes(value) || LAST.includes(value);
  const answers = choices.filter((one) => !isControl(one));
  if (values.includes("none")) answers.push({ title: words.say("bot.none"), value: "none" });
  return (
    <>
      {answers.length > 0 && <Group {...group} label={`said-${message.seq}`} look="choices" choices={answers} />}
      {isOpen && input === "evidence" && <button class="choice files" onClick={() => document.getElementById("attach")?.click()}>{words.say("bot.file")}</button>}
      <Group {...group} label={`said-${message.seq}`} look="controls" choices={shown(choices.filter(isControl), given, chosen)} />
      {values.includes("helped") && <Feedback {...group} words={words} />}
    </>
  );
}

// The way through a flow is only shown where one stands; elsewhere only which way was taken.
const shown = (choices: Choice[], { isOpen }: Given, chosen?: string): Choice[] => choices.filter(({ value }) => isOpen || value === chosen);

function Feedback({ words, ...given }: Given & { chosen: string | undefined; words: WidgetWords }) {
  const { message, isOpen, chosen } = given;
  const choices = (["helped", "not_helped"] as const).map((value) => ({ title: words.say(`bot.${value}`), value }));
  if (!isOpen && !choices.some(({ value }) => value === chosen)) return null;
  return (
    <div class="feedback">
      <p id={`helped-${message.seq}`}>{words.say("bot.did_it_help")}</p>
      <Group {...given} label={`helped-${message.seq}`} look="votes" choices={choices} />
    </div>
  );
}

function Group({ ui: { session }, message: { seq }, isOpen, chosen, label, look, choices }: Given & { chosen: string | undefined; label: string; look: string; choices: Choice[] }) {
  if (!choices.length) return null;
  const press = ({ title, value }: Choice): void => {
    say(session, title, { choice: { seq, value } });
    // The button is gone in a moment, and what is said next stands before the field.
    document.querySelector<HTMLElement>(matchMedia("(pointer: fine)").matches ? "#composer" : ".log")?.focus({ preventScroll: true });
  };
  return (
    <div class={look} role="group" aria-labelledby={label}>
      {choices.map((one) => (
        <button key={one.value} class={`choice ${lookOf(one.value)}`} disabled={!isOpen} {...(one.value === chosen ? { "aria-pressed": true } : {})} onClick={() => press(one)}>
          {one.title}
        </button>
      ))}
    </div>
  );
}

function lookOf(value: string): string {
  if (FIRST.includes(value)) return "first";
  return LAST.includes(value) || value === "none" ? "last" : "";
}

// Sent, or on its way.
function chosenOf({ messages, pending }: Timeline, { seq }: Message): string | undefined {
  const choices = [...messages.map(({ data }) => data?.["choice"] as Chosen | undefined), ...pending.map(({ choice }) => choice)];
  return choices.find((choice) => choice?.seq === seq)?.value;
}
