// What the page knows: the newest status, the rows and the conversation on the screen. The store asks the host
// for what is on the screen and keeps the answers. It never asks twice at once: what happens during an ask is one more
// ask after it.
import type { Ask, Console, Patch, Rows, Status, Thread } from './host'

export type ListName = 'my' | 'queue'

/** Screen is what is being looked at. */
export interface Screen {
  readonly list: ListName
  readonly from: number
  readonly count: number
  readonly chat: string
  readonly messages: number
}

/** How long the store waits before it asks again after the host did not answer. */
const RETRY_MILLIS = 1000

export class Store {
  status: Status | undefined
  rows: Rows | undefined
  thread: Thread | undefined
  /** The host does not answer: the program behind the page has ended. */
  away = false

  #screen: Screen = { list: 'my', from: 0, count: 48, chat: '', messages: 50 }
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
    if (sameList(next, this.#screen) && sameThread(next, this.#screen)) return
    if (next.list !== this.#screen.list) this.rows = undefined
    if (next.chat !== this.#screen.chat) this.thread = undefined
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
      this.rows = rows
      this.#rowsFor = screen
    }
    if (thread && thread.chat === this.#screen.chat) {
      this.thread = thread
      this.#threadFor = screen
    }
    if (status || rows || thread || back) this.#changed()
  }

  #fail(): void {
    if (!this.away) {
      this.away = true
      this.#changed()
    }
    setTimeout(() => this.poke(), RETRY_MILLIS)
  }
}

function sameList(a: Screen, b: Screen): boolean {
  return a.list === b.list && a.from === b.from && a.count === b.count
}

function sameThread(a: Screen, b: Screen): boolean {
  return a.chat === b.chat && a.messages === b.messages
}
