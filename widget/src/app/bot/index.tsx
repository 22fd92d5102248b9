/** What the bot offers beside its words, and articles that agents send: downloaded by itself, when it is on the screen. */

import "./bot.css";

export { ArticleCard } from "./ArticleCard";
export { Offered } from "./Offered";
export { Source } from "./Source";
