import type { Host } from "./host";
import type { Session } from "./session";
import type { State } from "./state";
import type { WidgetWords } from "./words";

/** What every part of the window is drawn from. */
export interface Ui {
  session: Session;
  host: Host;
  state: State;
  words: WidgetWords;
}
