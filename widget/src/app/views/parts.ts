/** Parts that not every conversation needs: files of their own, downloaded when they are wanted. */

import { lazily } from "./lazily";

const bot = () => import("../bot");
const emoji = () => import("../emoji");
const ending = () => import("./Ending");
const files = () => import("../files");
const help = () => import("../help");
const leaving = () => import("./LeaveMessage");
const mine = () => import("../mine");
const more = () => import("../more");
const past = () => import("../past");
const news = () => import("./News");
const rich = () => import("../rich");
const talk = () => import("./Talk");

export const ArticleCard = lazily(bot, (found) => found.ArticleCard);
export const Attach = lazily(files, (found) => found.Attach);
export const CaseCard = lazily(mine, (found) => found.CaseCard);
export const Emoji = lazily(emoji, (found) => found.Emoji);
export const Ending = lazily(ending, (found) => found.Ending);
export const EvidenceForm = lazily(files, (found) => found.EvidenceForm);
export const FileCard = lazily(files, (found) => found.FileCard);
export const Help = lazily(help, (found) => found.Help);
export const LeaveMessage = lazily(leaving, (found) => found.LeaveMessage);
export const LookedAt = lazily(mine, (found) => found.LookedAt);
export const Mail = lazily(more, (found) => found.Mail);
export const Mine = lazily(mine, (found) => found.Mine);
export const News = lazily(news, (found) => found.News);
export const Offered = lazily(bot, (found) => found.Offered);
export const Options = lazily(more, (found) => found.Options);
export const OrderCard = lazily(mine, (found) => found.OrderCard);
export const Past = lazily(past, (found) => found.Past);
export const Rating = lazily(ending, (found) => found.Rating);
export const Rich = lazily(rich, (found) => found.Rich);
export const Source = lazily(bot, (found) => found.Source);
export const Talk = lazily(talk, (found) => found.Talk);

/** What is seen first by who has written here before. */
export function fetchTalk(): void {
  void talk().catch(() => undefined); // asked for again where it is to be shown
}

let isFetched = false;

/** In an idle moment, what a conversation needs next: it then goes on although the network goes. */
export function fetchSoon(): void {
  if (isFetched) return;
  isFetched = true;
  const whenIdle = window.requestIdleCallback ?? setTimeout;
  whenIdle(() => void Promise.allSettled([talk, news, files, bot, rich, leaving, ending, more].map((one) => one())));
}
