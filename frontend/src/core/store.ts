// What the page knows: the newest status, the rows and the conversation on the screen. The store asks the host
// for what is on the screen and keeps the answers. It never asks twice at once: what happens during an ask is one more
// ask after it.
import type { Ask, Company, Console, Patch, Pending, Row, Rows, Status, Targets, Thread } from './host'

export type ListName = 'my' | 'queue'

/** Screen is what is being looked at. */
export interface Screen {
  readonly list: ListName
  readonly from: number
  readonly count: number
  readonly chat: string
  readonly messages: number
  /** Of these chats the dialog is open that says where they could go; none are those selected in My Chats. */
  readonly targets: readonly string[] | undefined
  /** The dialogs are open that show what is set of the company; the list that answers "why 7?". */
  readonly company: boolean
  readonly pending: boolean
}

/** How long the store waits before it asks again after the host did not answer. */
const RETRY_MILLIS = 1000

export class Store {
  status: Status | undefined
  rows: Rows | undefined
  thread: Thread | undefined
  targets: Targets | undefined
  company: Company | undefined
  pending: Pending | undefined
  /** The host does not answer: the program behind the page has ended. */
  away = false

  #screen: Screen = {
    list: 'my', from: 0, count: 48, chat: '', messages: 50, targets: undefined, company: false, pending: false,
  }
  #rowsFor: Screen | undefined
  #threadFor: Screen | undefined
  #asking = false
  #again = false
  readonly #host: Pick<Console, 'Look'>
  readonly #changed: () => void

  constructor(host: Pick<Console, 'Look'>, changed: () => void) {
    this.#host = host
    this.#changed = changed
  }

  get screen(): Screen {
    return this.#screen
  }

  /** show says what is on the screen now, and asks for it if that is something else than before. */
  show(part: Partial<Screen>): void {
    const next = { ...this.#screen, ...part }
    if (sameList(next, this.#screen) && sameThread(next, this.#screen) && sameDialogs(next, this.#screen)) return
    if (next.list !== this.#screen.list) this.rows = undefined
    if (next.chat !== this.#screen.chat) this.thread = undefined
    if (next.targets !== this.#screen.targets) this.targets = undefined
    if (!next.company) this.company = undefined
    if (!next.pending) this.pending = undefined
    this.#screen = next
    this.#changed()
    this.poke()
  }

  /** poke asks the host for what has changed; during an ask it is remembered. */
  poke(): void {
    this.#again = true
    if (!this.#asking) void this.#run()
  }

  async #run(): Promise<void> {
    this.#asking = true
    while (this.#again) {
      this.#again = false
      await this.#look()
    }
    this.#asking = false
  }

  async #look(): Promise<void> {
    const screen = this.#screen
    try {
      const patch = await this.#host.Look(this.#ask(screen))
      this.#apply(patch, screen)
    } catch {
      this.#fail()
    }
  }

  // A seq is good only for the very same window; for another one all of it is asked for.
  #ask(screen: Screen): Ask {
    const sameRows = this.#rowsFor !== undefined && sameList(screen, this.#rowsFor)
    const sameChat = this.#threadFor !== undefined && sameThread(screen, this.#threadFor)
    return {
      status: this.status?.seq ?? 0,
      list: { list: screen.list, from: screen.from, count: screen.count, seq: sameRows ? (this.rows?.seq ?? 0) : 0 },
      thread: { chat: screen.chat, count: screen.messages, seq: sameChat ? (this.thread?.seq ?? 0) : 0 },
      targets: { open: screen.targets !== undefined, chats: [...(screen.targets ?? [])], seq: this.targets?.seq ?? 0 },
      company: { open: screen.company, seq: this.company?.seq ?? 0 },
      pending: { open: screen.pending, seq: this.pending?.seq ?? 0 },
    }
  }

  // The screen may have moved on during the ask: what it does not show any more is dropped.
  #apply(patch: Patch, screen: Screen): void {
    const [status] = patch.status
    const [rows] = patch.rows
    const [thread] = patch.thread
    const back = this.away
    this.away = false
    if (status) this.status = status
    if (rows && rows.list === this.#screen.list) {
      this.rows = settled(rows, this.rows)
      this.#rowsFor = screen
    }
    if (thread && thread.chat === this.#screen.chat) {
      this.thread = thread
      this.#threadFor = screen
    }
    const dialog = this.#applyDialogs(patch, screen)
    if (status || rows || thread || dialog || back) this.#changed()
  }

  #applyDialogs(patch: Patch, screen: Screen): boolean {
    const [targets] = patch.targets
    const [company] = patch.company
    const [pending] = patch.pending
    if (targets && screen.targets !== undefined && screen.targets === this.#screen.targets) this.targets = targets
    if (company && this.#screen.company) this.company = company
    if (pending && this.#screen.pending) this.pending = pending
    return Boolean(targets ?? company ?? pending)
  }

  #fail(): void {
    if (!this.away) {
      this.away = true
      this.#changed()
    }
    setTimeout(() => this.poke(), RETRY_MILLIS)
  }
}

// settled keeps the rows that have not changed as the very objects that they were, so that only the others are drawn anew:
// where many chats are, something is heard many times a second.
function settled(rows: Rows, before: Rows | undefined): Rows {
  if (before === undefined) return rows
  const known = new Map(before.rows.map((row) => [row.id, row]))
  return { ...rows, rows: rows.rows.map((row) => same(row, known.get(row.id)) ?? row) }
}

function same(row: Row, before: Row | undefined): Row | undefined {
  return before !== undefined && JSON.stringify(row) === JSON.stringify(before) ? before : undefined
}

function sameList(a: Screen, b: Screen): boolean {
  return a.list === b.list && a.from === b.from && a.count === b.count
}

function sameThread(a: Screen, b: Screen): boolean {
  return a.chat === b.chat && a.messages === b.messages
}

function sameDialogs(a: Screen, b: Screen): boolean {
  return a.targets === b.targets && a.company === b.company && a.pending === b.pending
}
