/** How many of an item can go back, and at what price: the same in the window and in the console. */

import type { OrderItem } from "./wire";

type Counted = Pick<OrderItem, "quantity" | "left" | "amount">;

/** Are there several, with a price each? */
export function isCounted({ quantity, amount }: Counted): boolean {
  return quantity > 1 && quantity <= amount;
}

export function manyOf(item: Counted): number {
  return isCounted(item) ? item.left : 1;
}

/** What so many cost, after those that have gone back, so that no cent is lost between parts. */
export function partOf({ quantity, left, amount }: Counted, count: number): number {
  const gone = quantity - left;
  const price = (many: number): number => Math.floor((amount * many) / quantity);
  return price(gone + count) - price(gone);
}
