/**
 * Types of Nightdesk's chat window for the page that embeds it. Copy this file into your project, or download it from
 * your own server: https://YOUR-SERVER/widget.d.ts. docs/widget.md tells the rest.
 */

export type NightdeskTopic = "refund" | "amount_dispute" | "unfreeze" | "password_help" | "payment_failure" | "other";

export interface NightdeskBoot {
  /** The site's public key; without it that of the tag's data-site. */
  site?: string;
  /** A language tag such as "en" or "zh-CN"; without it the browser's languages decide. */
  locale?: string;
  /** A CSS colour, the same as --nightdesk-color. */
  color?: string;
  /** "none": no button; the window opens by `open`, `show` or `newMessage`. */
  launcher?: "auto" | "none";
  /** Words on the button, at most 40 characters. */
  text?: string;
  /** Which lower corner: where lines end, or where they start. */
  position?: "end" | "start";
  /** Paths of pages without button and window, such as "/checkout, /account/*". */
  hide?: string;
  /** An element or its selector: the window stands in it, always open, without a button. */
  into?: string | Element;
}

export interface NightdeskStatus {
  /** Is the desk open? */
  open: boolean;
  /** When it opens next, ISO-8601 in UTC. */
  opens_at?: string;
  /** Messages the visitor has not seen. */
  unread: number;
  /** Of the visitor's conversation, if there is one. */
  conversation?: "bot" | "waiting" | "active" | "offline" | "closed";
  /** Their place in the queue and the seconds it takes. */
  waiting?: { place: number; range?: { low: number; high: number }; unlikely_before?: string };
  /** Does the server believe the token of `getToken`? */
  verified: boolean;
}

/** Stable; a new one may come, none changes its meaning. */
export type NightdeskErrorCode =
  | "no_site" // boot without a site's key
  | "no_element" // boot into an element that is not there
  | "unknown_command"
  | "bad_value" // what was given is not what the command takes
  | "no_identity" // getToken threw, or gave nothing: the visitor is a guest
  | "bad_identity" // the server does not believe the token: the visitor is a guest
  | "unavailable"; // the window could not be fetched, or did not answer

export interface NightdeskError extends Error {
  code: NightdeskErrorCode;
}

/** What happens, by name; also told as DOM events `nightdesk:NAME` on `document`, with the value as `detail`. */
export interface NightdeskEvents {
  /** The button is there, and calls are carried out. */
  ready: undefined;
  open: undefined;
  close: undefined;
  unread: number;
  conversation: { open: boolean; status?: NightdeskStatus["conversation"] };
  desk: { open: boolean; opens_at?: string };
  identity: { verified: boolean };
  error: { code: NightdeskErrorCode; message?: string };
}

export interface Nightdesk {
  (command: "boot", options?: NightdeskBoot): Promise<void>;
  /** Who is signed in here. Asked when the window opens, and again before the token runs out. */
  (command: "identify", options: { getToken: () => string | Promise<string> }): Promise<void>;
  /** The visitor has left: in every tab, and on the server. */
  (command: "logout"): Promise<void>;
  (command: "open" | "close" | "toggle" | "hide" | "destroy"): Promise<void>;
  /** Without a form the button comes back; with one the window opens at it, with nothing in it at orders and cases. */
  (command: "show", options?: { form?: string; order?: string }): Promise<void>;
  (command: "newMessage", options?: { text?: string; topic?: NightdeskTopic }): Promise<void>;
  /** What it is about: the number of an order. */
  (command: "attach", options: { order?: string }): Promise<void>;
  /** At most ten, names of a-z, 0-9 and _, values texts. The agent sees them as claimed. */
  (command: "setAttributes", attributes: Record<string, string>): Promise<void>;
  /** Where the visitor is, if it is not the address of the page. */
  (command: "setPage", page: { url?: string }): Promise<void>;
  (command: "status"): Promise<NightdeskStatus>;
  /** Gives a function that stops it. */
  <Name extends keyof NightdeskEvents>(command: "on", event: Name, listener: (value: NightdeskEvents[Name]) => void): () => void;
}

declare global {
  var Nightdesk: Nightdesk;
  interface DocumentEventMap {
    "nightdesk:ready": CustomEvent<NightdeskEvents["ready"]>;
    "nightdesk:open": CustomEvent<NightdeskEvents["open"]>;
    "nightdesk:close": CustomEvent<NightdeskEvents["close"]>;
    "nightdesk:unread": CustomEvent<NightdeskEvents["unread"]>;
    "nightdesk:conversation": CustomEvent<NightdeskEvents["conversation"]>;
    "nightdesk:desk": CustomEvent<NightdeskEvents["desk"]>;
    "nightdesk:identity": CustomEvent<NightdeskEvents["identity"]>;
    "nightdesk:error": CustomEvent<NightdeskEvents["error"]>;
  }
}
