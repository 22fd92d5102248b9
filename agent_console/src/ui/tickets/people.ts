import type { PresenceStatus, TeamName } from "../../../../widget/src/core/wire";
import { useConsole } from "../context";

export interface Somebody {
  id: string;
  name: string;
  status?: PresenceStatus;
}

/** Whom a ticket of these sites can be given to: colleagues, this agent first, and the teams that serve all of them. */
export function usePeople(sites: string[]): { colleagues: Somebody[]; teams: TeamName[] } {
  const { agent, colleagues, teams } = useConsole().snapshot.desk;
  const others = colleagues.filter(({ id }) => id !== agent?.id);
  return {
    colleagues: [...(agent ? [{ id: agent.id, name: agent.name, status: agent.status }] : []), ...others],
    teams: teams.filter((team) => sites.every((site) => team.sites.includes(site))),
  };
}
