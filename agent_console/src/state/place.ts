// Where in the console one is, as the part of the address after `#`: /queue, /queue/<conversation>, /tickets/<ticket>.

export const SCREENS = ["queue", "mine", "inbox", "tickets"] as const;
export type Screen = (typeof SCREENS)[number];

export interface Place {
  screen: Screen;
  /** The conversation or ticket that is open. */
  id?: string;
}

export function placeOf(hash: string): Place {
  const [, name = "", id] = /^#?\/?([a-z]*)(?:\/([0-9a-f-]{36}))?$/.exec(hash) ?? [];
  const screen = SCREENS.find((one) => one === name) ?? "queue";
  return id ? { screen, id } : { screen };
}

export function addressOf({ screen, id }: Place): string {
  return id ? `#/${screen}/${id}` : `#/${screen}`;
}
