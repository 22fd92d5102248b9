import type { OrderItem } from "../../core/wire";
import type { MineWords } from "./words";

/** How many of an item there are, and how many of them can still go back where some have. */
export function Quantity({ words, item: { quantity, left } }: { words: MineWords; item: OrderItem }) {
  if (quantity < 2) return null;
  return <span class="soft"> × {quantity}{left > 0 && left < quantity && ` · ${words.say("order.left", { count: left })}`}</span>;
}
