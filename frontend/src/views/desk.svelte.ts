// Desk is the page's state: what the host said, what the agent looks at, and what is done about it. The views
// read it and call its methods; only it speaks with the host.
import { MediaQuery, SvelteSet } from 'svelte/reactivity'
import { Attention } from '../core/attention'
import { Drafts, type WrittenAs } from '../core/drafts'
import type { Answer, Company, Decision, Host, Notice, Pending, Rows, Settings, Status, Targets, Thread } from '../core/host'
import { Store, type ListName } from '../core/store'
import { UnreadLine } from '../core/timeline'
import { problemText, speak, worded, type Speech } from '../i18n'
import { Arrivals, type Toast } from '../ui/toast'
import { Drawers, type Section } from './company/drawers'
import { Lists } from './lists/lists.svelte'
import { focusPane } from './panes'

export type DialogName = 'keys' | 'settings' | 'connect' | 'outbox' | 'pending' | 'transfer' | 'company' | 'palette'

/** Where the arrow keys stand in a list, and how far it is scrolled. */
export interface Cursor {
  chat: string
  index: number
  scroll: number
}

/** How many messages of a conversation are asked for at first, how many more each time, and at most. */
const PAGE = 50
const MOST_MESSAGES = 5000

/** How often ages are said anew. */
const TICK_MILLIS = 10_000

/** How often times are said anew where the last seconds of something run. */
const HURRY_MILLIS = 1000

/** How long a word of success stays. */
const TOAST_MILLIS = 4000

export class Desk {
  status = $state.raw<Status>()
  rows = $state.raw<Rows>()
  thread = $state.raw<Thread>()
  targets = $state.raw<Targets>()
  pending = $state.raw<Pending>()
  company = $state.raw<Company>()
  /** What of the company is looked at, and what was begun there and is not saved. */
  section = $state<Section>('teams')
  readonly drawers = new Drawers()
  /** The program behind the page does not answer. */
  away = $state(false)

  list = $state<ListName>('my')
  /** The chat whose conversation is shown; '' is none. */
  shown = $state('')
  /** Where only one pane has room: which. */
  pane = $state<'list' | 'thread'>('list')
  details = $state(false)
  dialog = $state<DialogName>()
  settings = $state.raw<Settings>({ language: '', notifications: true, plainKeysOff: false })
  /** The chat whose message box wants the focus when it is there. */
  writeTo = $state('')
  /** Failed replies that the agent has done with. */
  readonly doneWith = new SvelteSet<string>()
  readonly cursors: Record<ListName, Cursor> = $state({
    my: { chat: '', index: 0, scroll: 0 },
    queue: { chat: '', index: 0, scroll: 0 },
  })

  /** The chats that the transfer dialog is about, none being those selected in My Chats, and its note to begin with. */
  transferred = $state.raw<{ readonly chats: readonly string[]; readonly note: string }>({ chats: [], note: '' })
  readonly lists: Lists

  readonly host: Host
  #speech = $derived<Speech>(speak(this.settings.language, navigator.languages))
  #machine = $state(Date.now())
  #told = $state.raw<Toast[]>([])
  #edits = $state(0)
  #toastCount = 0
  #hurries = 0
  #second: ReturnType<typeof setInterval> | undefined
  #restored = false
  #drawn = false
  readonly #onePane = new MediaQuery('(max-width: 37.5em)')
  readonly #store: Store
  readonly #drafts: Drafts
  readonly #attention: Attention
  readonly #line = new UnreadLine()
  readonly #arrivals = new Arrivals()
  /** What was to be taken back: a second press is not too late. */
  readonly #cancelled = new Set<string>()

  constructor(host: Host) {
    this.host = host
    this.lists = new Lists(host)
    this.#store = new Store(host, () => this.#heard())
    this.#drafts = new Drafts(host, () => this.#edits++)
    this.#attention = new Attention(host)
  }

  /** start begins to listen and to ask; it is called once and works until the page goes. */
  start(): void {
    const focus = () => this.#attention.focus(document.hasFocus() && document.visibilityState === 'visible')
    for (const name of ['focus', 'blur'] as const) addEventListener(name, focus)
    document.addEventListener('visibilitychange', focus)
    addEventListener('pagehide', () => void this.#drafts.flushAll())
    focus()
    setInterval(() => (this.#machine = Date.now()), TICK_MILLIS)
    this.host.listen({ changed: () => this.#store.poke(), open: (chat) => this.openElsewhere(chat) })
    this.#store.poke()
    void this.#loadSettings()
  }

  async #loadSettings(): Promise<void> {
    this.settings = await this.host.Settings()
  }

  get words() {
    return this.#speech.words
  }

  get formats() {
    return this.#speech.formats
  }

  get language() {
    return this.#speech.language
  }

  /** now is the server's time. */
  get now(): number {
    return this.#machine + (this.status?.clockOffset ?? 0)
  }

  /** machineNow is this machine's time, which what waits to be sent is stamped with. */
  get machineNow(): number {
    return this.#machine
  }

  /** hurry makes time pass by the second until what it returns is called. */
  hurry(): () => void {
    if (this.#hurries++ === 0) this.#second = setInterval(() => (this.#machine = Date.now()), HURRY_MILLIS)
    return () => {
      if (--this.#hurries === 0) clearInterval(this.#second)
    }
  }

  /** conversationVisible says whether the conversation is on the screen and not behind the list. */
  get conversationVisible(): boolean {
    return !this.#onePane.current || this.pane === 'thread'
  }

  /** listVisible says whether the lists are on the screen and not behind the conversation. */
  get listVisible(): boolean {
    return !this.#onePane.current || this.pane === 'list'
  }

  get toasts(): Toast[] {
    return this.#arrivals.ordered([...(this.status?.notices ?? []).map((notice) => this.#noticeToast(notice)), ...this.#told])
  }

  /** window says which rows of the list are on the screen. */
  window(from: number, count: number): void {
    this.#store.show({ from, count })
  }

  showList(list: ListName): void {
    this.list = list
    this.pane = 'list'
    this.#store.show({ list, from: 0, count: this.#store.screen.count })
  }

  /** preview shows a chat without opening it. */
  preview(chat: string): void {
    this.#show(chat, 'preview')
  }

  /** choose shows a chat and, if it is the agent's, opens it. */
  choose(chat: string): void {
    this.pane = 'thread'
    this.#show(chat, this.list === 'my' ? 'chosen' : 'preview')
  }

  /** openElsewhere shows and opens a chat that was chosen outside its list. */
  openElsewhere(chat: string): void {
    this.dialog = undefined
    this.list = 'my'
    this.#store.show({ list: 'my', from: 0 })
    this.cursors.my.chat = chat
    this.choose(chat)
    this.writeTo = chat
  }

  /** previewElsewhere shows a chat that was found outside its list, without opening it. */
  previewElsewhere(chat: string): void {
    this.dialog = undefined
    this.pane = 'thread'
    this.preview(chat)
  }

  /** leave goes back from the conversation to the list. */
  leave(): void {
    this.pane = 'list'
    this.#look()
  }

  #show(chat: string, manner: 'preview' | 'chosen' | 'picking'): void {
    if (this.shown !== '' && this.shown !== chat) void this.#drafts.leave(this.shown)
    this.shown = chat
    this.#machine = Date.now()
    this.#store.show(chat === this.#store.screen.chat ? {} : { chat, messages: PAGE })
    this.#look(manner)
    this.#holds()
  }

  #look(manner: 'preview' | 'chosen' | 'picking' = 'preview'): void {
    this.#attention.show(this.conversationVisible ? this.shown : '', manner)
  }

  #heard(): void {
    this.away = this.#store.away
    this.status = this.#store.status
    this.rows = this.#store.rows
    this.thread = this.#store.thread
    this.targets = this.#store.targets
    this.pending = this.#store.pending
    this.company = this.#store.company
    this.#passes()
    if (this.rows !== undefined) this.lists.heard(this.rows)
    if (this.status !== undefined) this.#hearStatus(this.status)
    if (this.thread !== undefined && !this.thread.missing) this.#hearDraft(this.thread)
    if (!this.#drawn && this.rows !== undefined && this.status?.phase !== 'starting') this.#draws(this.rows)
    this.#holds()
  }

  // The host may be heard many times a second, and every age on the screen is said anew when time passes.
  #passes(): void {
    const now = Date.now()
    if (Math.abs(now - this.#machine) >= HURRY_MILLIS) this.#machine = now
  }

  #hearDraft(thread: Thread): void {
    this.#drafts.heard(thread.chat, thread.draft, thread.draftKind === 'note' ? 'note' : 'reply', thread.draftSeen)
  }

  // The host is told when the first list, or its empty state, is on the screen: two frames later.
  #draws(rows: Rows): void {
    this.#drawn = true
    requestAnimationFrame(() => requestAnimationFrame(() => void this.host.Drawn(rows.rows.length)))
  }

  // The chat that was on the screen when the console ended is shown again, which does not open it.
  #hearStatus(status: Status): void {
    document.title = status.title
    if (this.#restored || status.lastChat === '') return
    this.#restored = true
    if (this.shown === '') {
      this.cursors.my.chat = status.lastChat
      this.preview(status.lastChat)
    }
  }

  #holds(): void {
    if (this.thread !== undefined) this.#attention.holds(this.thread.chat, this.thread.mine && !this.thread.missing)
  }

  /** unreadAfter is the number of the message after which the line before the unread ones stands. */
  unreadAfter(thread: Thread): number {
    const newest = thread.messages.findLast((message) => message.kind === 'inbound')?.number ?? 0
    return this.#line.after(thread.chat, thread.readTo, newest, this.#attention.attending)
  }

  /** sees says that the newest message of a chat is, or is not, in view. */
  sees(chat: string, newest: number, inView: boolean): void {
    this.#attention.sees(chat, newest, inView)
  }

  /** older asks for older messages, from what is kept here and from the server. */
  older(chat: string): void {
    const messages = Math.min(MOST_MESSAGES, this.#store.screen.messages + PAGE)
    this.#store.show({ messages })
    void this.host.Older(chat)
  }

  pick(chat: string, open: boolean): void {
    if (open) {
      this.pane = 'thread'
      this.writeTo = chat
      this.#show(chat, 'picking')
    }
    void this.host.Pick(chat, open)
  }

  /** openTransfer asks whom chats are to be given to; without any, those that are selected in My Chats. */
  openTransfer(chats: readonly string[], note = ''): void {
    this.transferred = { chats, note }
    this.dialog = 'transfer'
  }

  /** askTargets says of which chats the targets are looked at; undefined: of none any more. */
  askTargets(chats: readonly string[] | undefined): void {
    this.#store.show({ targets: chats })
  }

  /** askPending says whether the chats of the pending count are looked at. */
  askPending(open: boolean): void {
    this.#store.show({ pending: open })
  }

  /** openCompany shows what is set of the company. */
  openCompany(section: Section): void {
    this.section = section
    this.dialog = 'company'
  }

  /** askCompany says whether what is set of the company is looked at. */
  askCompany(open: boolean): void {
    this.#store.show({ company: open })
  }

  /** mayManage says whether the agent may look at what is set of the company. */
  get mayManage(): boolean {
    return this.status !== undefined && (this.status.admin || this.status.teams.some(({ manages }) => manages))
  }

  /** transfer gives chats to an agent or, without one, to a team's queue; it returns why that was not even queued. */
  async transfer(chats: readonly string[], team: string, agent: string, note: string): Promise<string> {
    try {
      const [problem] = await this.host.Transfer([...chats], team, agent, note)
      return problem === undefined ? '' : problemText(this.words, problem)
    } catch {
      return this.words.hostGone
    }
  }

  /** transferHere opens the dialog for what is selected in My Chats, else for the conversation on the screen. */
  transferHere(): boolean {
    const selected = this.list === 'my' ? (this.rows?.selected ?? 0) : 0
    if (selected > 0) this.openTransfer([])
    else if (this.thread?.chat === this.shown && this.thread.actions.includes('transfer')) this.openTransfer([this.shown])
    else return false
    return true
  }

  draft(chat: string): string {
    return this.#edits >= 0 ? this.#drafts.text(chat) : ''
  }

  edit(chat: string, text: string): void {
    this.#drafts.edit(chat, text)
  }

  /** writtenAs says whom the chat's draft is for. */
  writtenAs(chat: string): WrittenAs {
    return this.#edits >= 0 ? this.#drafts.writtenAs(chat) : 'reply'
  }

  writeAs(chat: string, as: WrittenAs): void {
    this.#drafts.writeAs(chat, as)
  }

  async send(chat: string): Promise<void> {
    if (this.#drafts.writtenAs(chat) === 'reply') this.#attention.replied(chat)
    const problem = await this.#drafts.send(chat)
    if (problem !== undefined) this.tell(problemText(this.words, problem), true)
  }

  async cancel(command: string): Promise<void> {
    if (this.#cancelled.has(command)) return
    this.#cancelled.add(command)
    if (!(await this.host.Cancel(command))) this.tell(this.words.cancelTooLate, true)
  }

  /** answer ends a decision, or says why it cannot be so. What is being written is saved first: a draft is put to it. */
  async answer(decision: Decision, { choice, problem: [why] }: Answer): Promise<void> {
    if (why !== undefined) return this.tell(problemText(this.words, why), true)
    await this.#drafts.flush(decision.chat)
    await this.host.Decide(decision.command, choice)
  }

  async openLink(url: string): Promise<void> {
    if (!(await this.host.OpenLink(url))) this.tell(this.words.linkRefused, true)
  }

  async download(media: string, name: string): Promise<void> {
    const why = await this.host.download(media, name)
    if (why !== '') this.tell(this.words.saveFailed(name, why), true)
  }

  async copy(text: string): Promise<void> {
    const copied = await this.host.copy(text).catch(() => false)
    this.tell(copied ? this.words.copied : this.words.copyFailed, !copied)
  }

  async saveSettings(change: Partial<Settings>): Promise<void> {
    this.settings = { ...this.settings, ...change }
    await this.host.SaveSettings(this.settings)
  }

  /** tell says something once. What went wrong stays until it is dismissed. */
  tell(text: string, bad: boolean): void {
    const id = `page ${++this.#toastCount}`
    this.#told = [...this.#told, { id, text, bad }]
    if (!bad) setTimeout(() => this.dismiss(id), TOAST_MILLIS)
  }

  dismiss(id: string): void {
    const notice = this.status?.notices.find((each) => noticeKey(each) === id)
    if (notice !== undefined) void this.host.DismissNotice(notice.id)
    this.#told = this.#told.filter((toast) => toast.id !== id)
  }

  #noticeToast(notice: Notice): Toast {
    const about = [worded(this.words.commands, notice.command), notice.customer].filter((part) => part !== '').join(', ')
    return { id: noticeKey(notice), text: `${about}: ${problemText(this.words, notice.problem)}`, bad: true }
  }

  /** closeDetails closes the drawer with the customer, and gives the focus back to the button that opens it. */
  closeDetails(): void {
    this.details = false
    document.getElementById('details-button')?.focus()
  }

  /** back closes what is open, or goes back to the list. */
  back(): void {
    if (this.details) {
      this.closeDetails()
      return
    }
    this.leave()
    focusPane('list')
  }
}

function noticeKey(notice: Notice): string {
  return `notice ${notice.id}`
}
