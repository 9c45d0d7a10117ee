// The forms that an agent has begun, each with its changes, until they are saved or thrown away: also while another
// form is looked at, or none.
import { SvelteMap } from 'svelte/reactivity'
import type { AgentSet, AssetSet, Company, TeamSet } from '../../core/host'
import { Edit, type Revised } from './edit.svelte'

/** Section names what there is to set. */
export type Section = 'teams' | 'agents' | 'assets'

/** Drawer holds the forms of one section, by id; '' is the new one's. */
export class Drawer<T extends Revised> {
  readonly #edits = new SvelteMap<string, Edit<T>>()
  readonly #settled: (sent: T) => T

  constructor(settled: (sent: T) => T = (sent) => sent) {
    this.#settled = settled
  }

  /** open returns the form of base, with the changes that were begun. */
  open(base: T): Edit<T> {
    let edit = this.#edits.get(base.id)
    if (edit === undefined) {
      edit = new Edit(base, this.#settled)
      this.#edits.set(base.id, edit)
    }
    return edit
  }

  /** hear tells the forms what the server has now. */
  hear(sets: readonly T[]): void {
    for (const set of sets) this.#edits.get(set.id)?.hear(set)
  }

  /** drop forgets a form. */
  drop(id: string): void {
    this.#edits.delete(id)
  }

  /** changed says whether there are changes in the form of id. */
  changed(id: string): boolean {
    return this.#edits.get(id)?.dirty ?? false
  }
}

export class Drawers {
  readonly teams = new Drawer<TeamSet>()
  readonly agents = new Drawer<AgentSet>((sent) => ({
    ...sent, newToken: false, tokenLabel: '', manages: sent.role === 'manager' ? sent.manages : [],
  }))
  readonly assets = new Drawer<AssetSet>()

  hear(company: Company): void {
    this.teams.hear(company.teams)
    this.agents.hear(company.agents)
    this.assets.hear(company.assets)
  }
}

/** NEW_TEAM is what a new team begins with: everything off. */
export const NEW_TEAM: TeamSet = {
  id: '', revision: 0, name: '', prefix: '', releaseMinutes: 0, escalateEvery: 0, escalateUnit: 'minutes', escalateUnset: false,
  holdDays: 0, closeDays: 0, onSignOut: 'keep', autoAssign: 'off',
}

/** newAsset is what a new asset begins with: in the company's team, where it has one alone. */
export function newAsset({ teams, channels }: Company): AssetSet {
  const [team, ...others] = teams
  return {
    id: '', revision: 0, channel: channels[0] ?? '', name: '', address: '', team: others.length === 0 ? (team?.id ?? '') : '', shared: [],
    priority: 0, active: true, vendorId: '', credential: '',
  }
}

/** NEW_AGENT is what a new agent begins with: with a token, without which nobody could sign in. */
export const NEW_AGENT: AgentSet = {
  id: '', revision: 0, name: '', role: 'agent', teams: [], manages: [], threshold: 99, active: true, newToken: true, tokenLabel: '',
}
