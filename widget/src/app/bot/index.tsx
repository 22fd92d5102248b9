/** What the bot offers beside its words: downloaded by itself, when a conversation with it is on the screen. */

import "./bot.css";

export { Offered } from "./Offered";
export { Source } from "./Source";
