// Canned replies where one writes: a slash on a line of its own, or the button, opens those that fit. What is chosen goes
// into the draft, where it can still be changed; nothing is sent by choosing.

import type { JSX, RefObject, TextareaHTMLAttributes } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { AgentConversation, Locale } from "../../../widget/src/core/wire";
import { type Choice, choicesOf, type Hole, holesIn, type Search, searchFrom, searchIn } from "../state/canned";
import { addressOf } from "../state/place";
import { useConsole } from "./context";
import { Dialog } from "./dialog";
import { Icon } from "./icons";

const NOWHERE = -1;

interface Canned {
  /** For the field, while the list is open. A field of several lines may be no combobox: it stays a text box that says
   *  which of the list is marked.
   */
  owns: TextareaHTMLAttributes;
  list: JSX.Element | null;
  button: JSX.Element | null;
  /** Looks at what stands before the caret, unless an input method is at it. */
  look(event: Event): void;
  /** True for a key that was meant for the list. */
  press(event: KeyboardEvent): boolean;
  shut(): void;
}

/** For whoever `isToCustomer` writes. */
export function useCanned(conversation: AgentConversation, isToCustomer: boolean, field: RefObject<HTMLTextAreaElement | null>, write: (draft: string) => void): Canned {
  const { snapshot, words } = useConsole();
  const { search, marked, mark, look, begin, giveUp, shut } = useSearch(field);
  const id = useId();
  const replies = snapshot.desk.canned;
  const choices = search ? choicesOf(snapshot.desk, conversation, search.text) : [];
  // Who goes on after a space that nothing fits is writing a sentence.
  const isOpen = isToCustomer && search !== undefined && !(replies && choices.length === 0 && /\s/.test(search.text.trim()));
  useReplies(isOpen);
  const told = words.say(!replies ? "opening" : choices.length ? "canned.count" : replies.length ? "canned.none_such" : "canned.none", { count: choices.length });
  const at = Math.min(marked, choices.length - 1);
  const choose = ({ text }: Choice): void => {
    put(field.current!, text, search!);
    write(field.current!.value);
    shut();
  };
  return {
    owns: isOpen
      ? { "aria-haspopup": "listbox", "aria-autocomplete": "list", "aria-controls": id, ...(choices[at] && { "aria-activedescendant": optionId(id, choices[at]) }) }
      : {},
    list: isToCustomer ? (
      <>
        {/* Always there, so that screen readers hear what comes in. */}
        <span class="hidden" role="status">
          {isOpen && told}
        </span>
        {isOpen && <List id={id} choices={choices} wanted={conversation.locale} at={at} told={told} choose={choose} />}
      </>
    ) : null,
    button: isToCustomer ? <Opener isOpen={isOpen} toggle={isOpen ? giveUp : begin} /> : null,
    look,
    press: (event) => isOpen && press(event, { choices, at, mark, choose, giveUp }),
    shut,
  };
}

/** What is looked for: begun by a slash or the button, over with the line or where it is given up. */
function useSearch(field: RefObject<HTMLTextAreaElement | null>) {
  const [search, setSearch] = useState<Search>();
  const [marked, mark] = useState(0);
  const givenUp = useRef(NOWHERE); // where a slash is only a slash
  const find = (next: Search | undefined): void => {
    if (next?.start !== givenUp.current) givenUp.current = NOWHERE;
    if (next?.text !== search?.text) mark(0);
    setSearch(givenUp.current === NOWHERE ? next : undefined);
  };
  const look = (event: Event): void => {
    if ((event as InputEvent).isComposing) return;
    const { value, selectionStart: caret } = field.current!;
    find(search?.byHand ? searchFrom(search.start, value, caret) : searchIn(value, caret));
  };
  // Where a slash was given up is forgotten: the button asks anew.
  const begin = (): void => {
    const { value, selectionStart: caret } = field.current!;
    field.current!.focus();
    givenUp.current = NOWHERE;
    find(searchIn(value, caret) ?? { start: caret, end: caret, text: "", byHand: true });
  };
  const shut = (): void => setSearch(undefined);
  const giveUp = (): void => {
    givenUp.current = search?.start ?? NOWHERE;
    shut();
  };
  return { search, marked, mark, look, begin, giveUp, shut };
}

/** Loads them for whoever looks for one first. */
function useReplies(areWanted: boolean): void {
  const { store, snapshot } = useConsole();
  const isLacking = areWanted && !snapshot.desk.canned && snapshot.connection === "online";
  useEffect(() => {
    if (isLacking) void store.loadCanned();
  }, [isLacking]);
}

interface OpenList {
  choices: Choice[];
  at: number;
  mark(at: number): void;
  choose(choice: Choice): void;
  giveUp(): void;
}

function press(event: KeyboardEvent, { choices, at, mark, choose, giveUp }: OpenList): boolean {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const chosen = choices[at];
  if (event.key === "Escape") giveUp();
  else if (step && chosen) mark((at + step + choices.length) % choices.length);
  else if (!event.shiftKey && (event.key === "Enter" || (event.key === "Tab" && chosen))) {
    if (chosen) choose(chosen); // else nothing is sent, either: it was to be found, not said
  } else return false;
  event.preventDefault();
  return true;
}

function Opener({ isOpen, toggle }: { isOpen: boolean; toggle(): void }) {
  const { words } = useConsole();
  return (
    <button type="button" class="button quiet small attach" aria-label={words.say("canned.menu")} title={words.say("canned.menu_keys")} aria-haspopup="listbox" aria-expanded={isOpen} onMouseDown={keepFocus} onClick={toggle}>
      <Icon name="quick" />
    </button>
  );
}

/** As if it were typed, so that it can be undone; then with its first gap selected, which typing fills, or at its end. */
function put(field: HTMLTextAreaElement, text: string, { start, end }: Search): void {
  select(field, { start, end });
  if (!document.execCommand?.("insertText", false, text)) field.setRangeText(text, start, end);
  const [hole] = holesIn(text);
  select(field, hole ? { start: start + hole.start, end: start + hole.end } : { start: start + text.length, end: start + text.length });
}

export function select(field: HTMLTextAreaElement, { start, end }: Pick<Hole, "start" | "end">): void {
  field.setSelectionRange(start, end);
  field.focus();
  // Browsers bring only what is typed into sight. About there, in the middle.
  field.scrollTop = (field.scrollHeight * start) / (field.value.length || 1) - field.clientHeight / 2;
}

interface ListProps {
  id: string;
  choices: Choice[];
  /** The customer's language. */
  wanted: Locale;
  at: number;
  told: string;
  choose(choice: Choice): void;
}

/** Above the field, which keeps the focus. */
function List({ id, choices, wanted, at, told, choose }: ListProps) {
  const { words } = useConsole();
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: "nearest" }), [at, choices.length]);
  return (
    <div class="canned" onMouseDown={keepFocus}>
      <ul class="canned-list" role="listbox" id={id} ref={list} aria-label={words.say("canned.menu")}>
        {choices.map((choice, index) => (
          <Option key={choice.reply.id} id={optionId(id, choice)} choice={choice} isForeign={choice.locale !== wanted} isMarked={index === at} choose={choose} />
        ))}
      </ul>
      <footer class="canned-foot faint">
        <span>{told}</span>
        <span class="keys">{choices.length > 0 && words.say("canned.keys")}</span>
        <a href={addressOf({ screen: "knowledge", tab: "canned" })}>{words.say("canned.manage")}</a>
      </footer>
    </div>
  );
}

interface OptionProps {
  id: string;
  choice: Choice;
  isForeign: boolean;
  isMarked: boolean;
  choose(choice: Choice): void;
}

function Option({ id, choice, isForeign, isMarked, choose }: OptionProps) {
  const { words } = useConsole();
  const { reply, locale, text } = choice;
  return (
    <li role="option" id={id} class="canned-option" aria-selected={isMarked} onClick={() => choose(choice)}>
      <span class="canned-name">
        <strong>{reply.title}</strong>
        <code class="faint">/{reply.shortcut}</code>
        {reply.mine && <span class="tag">{words.say("canned.mine")}</span>}
        {isForeign && <span class="tag">{words.say(`locale.${locale}`)}</span>}
      </span>
      <span class="canned-text" lang={locale}>
        {text}
      </span>
    </li>
  );
}

function optionId(id: string, { reply }: Choice): string {
  return `${id}-${reply.id}`;
}

// Pressing with the mouse chooses; one goes on writing.
function keepFocus(event: MouseEvent): void {
  event.preventDefault();
}

interface UnfilledProps {
  draft: string;
  send(): void;
  shut(): void;
}

/** Before something goes out that nobody has filled in. */
export function Unfilled({ draft, send, shut }: UnfilledProps) {
  const { words } = useConsole();
  const names = [...new Set(holesIn(draft).map(({ name }) => words.say(`canned.variable.${name}`)))];
  return (
    <Dialog title={words.say("canned.unfilled")} shut={shut}>
      <div class="form dialog-form">
        <p>{words.say("canned.unfilled_what", { names: names.join(words.locale === "en" ? ", " : "、") })}</p>
        <div class="form-actions">
          <button type="button" class="button small" onClick={send}>
            {words.say("canned.send_anyway")}
          </button>
          <button type="button" class="button primary small" autoFocus onClick={shut}>
            {words.say("canned.fill_in")}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
