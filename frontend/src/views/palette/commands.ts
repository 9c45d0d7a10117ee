// The commands of the palette: what can be done now, each once, with its keys.
import type { Row } from '../../core/host'
import { BINDINGS, type Action } from '../../core/keys'
import { worded } from '../../i18n'
import { act } from '../act'
import type { Desk } from '../desk.svelte'
import { focusPane } from '../panes'
import { can, deeds } from '../thread/deeds'

/** Command is something that the palette can do. */
export interface Command {
  readonly id: string
  readonly text: string
  readonly combos: readonly string[]
  readonly run: () => void
  /** The chat that it shows, if it does. */
  readonly row?: Row
}

/** commandsOf returns what can be done now: with the chat on the screen, with the list, with the window. */
export function commandsOf(desk: Desk): Command[] {
  return [...ofThread(desk), ...ofKeys(desk), ...ofList(desk), ...ofAgent(desk), ...ofWindow(desk)]
}

/** matching returns the commands in whose text every word of a query occurs; those that begin with it come first. */
export function matching(commands: readonly Command[], query: string): Command[] {
  const wanted = query.trim().toLocaleLowerCase()
  const words = wanted.split(/\s+/)
  const found = commands.filter(({ text }) => words.every((word) => text.toLocaleLowerCase().includes(word)))
  const begins = (command: Command) => command.text.toLocaleLowerCase().startsWith(wanted)
  return [...found.filter(begins), ...found.filter((command) => !begins(command))]
}

/** opening is the command that shows a chat, and opens it if the agent has it. */
export function opening(desk: Pick<Desk, 'openElsewhere' | 'previewElsewhere'>, row: Row): Command {
  const run = () => (row.status === 'picked' ? desk.openElsewhere(row.id) : desk.previewElsewhere(row.id))
  return { ...made(`chat ${row.id}`, row.customer, run), row }
}

/** finding is the command that searches a list for what was written. */
export function finding(desk: Desk, query: string): Command {
  const list = desk.list === 'my' ? desk.words.myChats : desk.words.queue
  return made('find', desk.words.palette.find(list, query), () => {
    desk.pane = 'list'
    desk.lists.sift(desk.list, { query })
    focusPane('list')
  })
}

function made(id: string, text: string, run: () => void, combos: readonly string[] = []): Command {
  return { id, text, combos, run }
}

// The keys whose effect is here anyway, or has no sense in the palette.
const LEFT_OUT: readonly Action[] = ['palette', 'back', 'transfer', 'nextPane', 'previousPane']

function ofKeys(desk: Desk): Command[] {
  return BINDINGS.filter(({ scope, action }) => scope === 'page' && !LEFT_OUT.includes(action)).map(({ action, combos }) =>
    made(action, desk.words.actions[action], () => act(desk, action), shownCombos(desk, combos)),
  )
}

function shownCombos(desk: Desk, combos: readonly string[]): readonly string[] {
  return combos.filter((combo) => combo.length > 1 || !desk.settings.plainKeysOff)
}

function ofThread(desk: Desk): Command[] {
  const { words, thread } = desk
  if (thread === undefined || thread.missing || thread.chat !== desk.shown) return []
  const { chat, actions, row } = thread
  const all = deeds(desk, thread).map(({ key, text, run }) =>
    made(`do ${key}`, text, run, key === 'transfer' ? ['Alt+T'] : []),
  )
  if (row.extends) all.unshift(made('extend', words.deeds.imOnIt, () => void desk.host.Extend(chat)))
  if (thread.status === 'queued' && !row.pickQueued) all.unshift(made('pick', words.pick, () => desk.pick(chat, false)))
  return can(actions, 'set') ? [...all, ...ofDetails(desk, chat, row.priority)] : all
}

function ofDetails(desk: Desk, chat: string, now: number): Command[] {
  const { words } = desk
  const priorities = words.priorities.map((text, i) =>
    made(`priority ${i}`, words.palette.priority(text || words.details.noPriority), () => void desk.host.SetPriority(chat, i)),
  )
  return [
    ...priorities.filter((_, i) => i !== now),
    made('alias', words.palette.editAlias, () => inDetails(desk, (pane) => pane.querySelector<HTMLElement>('#edit-alias')?.click())),
    made('tag', words.palette.addTag, () => inDetails(desk, (pane) => pane.querySelector<HTMLElement>('.tagging input')?.focus())),
  ]
}

function inDetails(desk: Desk, then: (pane: HTMLElement) => void): void {
  desk.details = true
  requestAnimationFrame(() => {
    const pane = document.querySelector<HTMLElement>('[data-pane=details]')
    if (pane !== null) then(pane)
  })
}

function ofList(desk: Desk): Command[] {
  const { rows, words } = desk
  const orders = (rows?.orders ?? []).filter((order) => order !== rows?.order)
  return orders.map((order) =>
    made(`sort ${order}`, words.palette.sorted(worded(words.lists.orders, order)), () => desk.lists.sort(desk.list, order)),
  )
}

function ofAgent(desk: Desk): Command[] {
  const { status, words } = desk
  if (status === undefined) return []
  const available = !status.available
  const all = [
    made('available', available ? words.palette.setAvailable : words.palette.setUnavailable, () => void desk.host.SetAvailable(available)),
    made('pending', words.palette.pendingChats, () => (desk.dialog = 'pending')),
  ]
  if (status.outbox > 0) all.push(made('outbox', words.palette.outbox, () => (desk.dialog = 'outbox')))
  if (status.phase === 'offline') all.push(made('try', words.palette.tryNow, () => void desk.host.TryNow()))
  return all
}

function ofWindow(desk: Desk): Command[] {
  const { words } = desk
  const all = [
    made('details', words.palette.details, () => inDetails(desk, (pane) => pane.focus())),
    made('settings', words.settings, () => (desk.dialog = 'settings')),
  ]
  if (desk.mayManage)
    all.push(
      made('teams', words.company.teamSettings, () => desk.openCompany('teams')),
      made('agents', words.company.agents, () => desk.openCompany('agents')),
      made('assets', words.company.assets, () => desk.openCompany('assets')),
    )
  return all
}
