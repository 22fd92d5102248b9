// What a settings tab shows is asked for when it is opened and whenever the line is back, and held by the tab alone.

import { useEffect, useState } from "preact/hooks";
import type { AgentCommands } from "../../../../widget/src/core/wire";
import { useConsole } from "../context";

type Name = keyof AgentCommands & string;

export interface Answer<N extends Name> {
  /** Undefined until the server has answered. */
  value: AgentCommands[N]["output"] | undefined;
  /** Shows what another command answered, such as the one that saved. */
  show(value: AgentCommands[N]["output"]): void;
  again(): Promise<void>;
}

/** The answer to a command that looks; asked again when its input changes. */
export function useAnswer<N extends Name>(name: N, input: AgentCommands[N]["input"]): Answer<N> {
  const { store, snapshot } = useConsole();
  const [value, show] = useState<AgentCommands[N]["output"]>();
  const again = async (): Promise<void> => {
    const answer = await store.look(store.connection.send(name, input));
    if (answer) show(answer);
  };
  const online = snapshot.connection === "online";
  useEffect(() => {
    if (online) void again();
  }, [online, name, JSON.stringify(input)]);
  return { value, show, again };
}
