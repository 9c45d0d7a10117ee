// The teams and agents that chats could be given to, as a list that one searches and walks through with the arrows.
import type { Problem, TargetAgent, Targets, TargetTeam } from '../../core/host'
import { problemText, type Catalogue } from '../../i18n'

/** Option is one line of the list: a team's queue, or an agent of a team. */
export interface Option {
  readonly key: string
  readonly team: string
  /** '' is the team's queue. */
  readonly agent: string
  readonly name: string
  /** What else there is to say: the load, or why it cannot be chosen. */
  readonly detail: string
  readonly disabled: boolean
}

export interface Group {
  readonly team: string
  readonly name: string
  readonly options: readonly Option[]
}

/** groups returns the teams with what of them fits a query: all of a team that is called so, else what is. */
export function groups(words: Catalogue, targets: Targets, query: string): Group[] {
  const fits = (name: string) => wordsOf(query).every((word) => fold(name).includes(word))
  return targets.teams
    .map((team) => {
      const options = [queueOf(words, team), ...team.agents.map((agent) => agentOf(words, team, agent))]
      return { team: team.id, name: team.name, options: fits(team.name) ? options : options.filter(({ name }) => fits(name)) }
    })
    .filter((group) => group.options.length > 0)
}

/** step returns where an arrow leads in a list of n, from at; -1 is before its first. */
export function step(at: number, by: number, n: number): number {
  return Math.max(0, Math.min(n - 1, at + by))
}

function queueOf(words: Catalogue, team: TargetTeam): Option {
  const name = team.own ? words.transfer.returnTo(team.name) : words.transfer.queueOf(team.name)
  return { ...option(words, team.id, '', team.problem), name }
}

function agentOf(words: Catalogue, team: TargetTeam, agent: TargetAgent): Option {
  const chosen = option(words, team.id, agent.id, agent.problem)
  const load = agent.load < 0 ? words.transfer.loadUnknown : words.transfer.loadShort(agent.load, agent.threshold)
  return { ...chosen, name: agent.name, detail: chosen.detail === '' ? load : `${chosen.detail}, ${load}` }
}

function option(words: Catalogue, team: string, agent: string, [problem]: readonly Problem[]): Option {
  const detail = problem === undefined ? '' : reason(words, problem)
  return { key: `${team}-${agent}`, team, agent, name: '', detail, disabled: problem !== undefined }
}

// A reason beside a name is a few words; one that is not among them is said whole.
function reason(words: Catalogue, problem: Problem): string {
  const table: Readonly<Record<string, () => string>> = words.transfer.reasons
  return table[String(problem.kind)]?.() ?? problemText(words, problem)
}

function wordsOf(query: string): string[] {
  return fold(query).split(/\s+/).filter((word) => word !== '')
}

function fold(text: string): string {
  return text.normalize('NFKC').toLocaleLowerCase()
}
