// Attention tells the host what the agent really looks at: which chat is on the screen, that it was opened, and up to
// where it was read. A chat is opened when it was chosen (by click, Enter or a link) and is shown in a
// focused, visible window; moving through the list by arrows only shows it.
import type { Console } from './host'

/**
 * How the chat on the screen came there: looked at in passing; chosen, but not yet opened; picked with the wish
 * to open it, which the host does; opened.
 */
type Manner = 'preview' | 'chosen' | 'picking' | 'opened'

export class Attention {
  #chat = ''
  #manner: Manner = 'preview'
  #focused = false
  #mine = false
  #newest = 0
  #inView = false
  #readTo = 0
  #told = { chat: '', focused: false }
  readonly #host: Pick<Console, 'Open' | 'Read' | 'Looking'>

  constructor(host: Pick<Console, 'Open' | 'Read' | 'Looking'>) {
    this.#host = host
  }

  /** Whether what the agent sees of the chat counts as read. */
  get attending(): boolean {
    return this.#focused && this.#manner === 'opened'
  }

  /** show says which chat is on the screen ('': none) and how it came there. */
  show(chat: string, manner: Exclude<Manner, 'opened'>): void {
    if (chat !== this.#chat) {
      this.#chat = chat
      this.#mine = false
      this.#newest = 0
      this.#inView = false
      this.#readTo = 0
      this.#manner = manner
    } else if (this.#manner !== 'opened') {
      this.#manner = manner
    }
    this.#settle()
  }

  /** focus says whether the window is focused and visible. */
  focus(on: boolean): void {
    this.#focused = on
    this.#settle()
  }

  /** holds says whether the chat is the agent's. One that went away must be chosen anew when it comes back. */
  holds(chat: string, mine: boolean): void {
    if (chat !== this.#chat) return
    if (this.#mine && !mine) this.#manner = 'preview'
    this.#mine = mine
    this.#settle()
  }

  /** replied says that the agent answered the chat, which opens it. */
  replied(chat: string): void {
    if (chat === this.#chat) this.#manner = 'opened'
  }

  /** sees says which number the newest message has and whether it is in view. */
  sees(chat: string, newest: number, inView: boolean): void {
    if (chat !== this.#chat) return
    this.#newest = newest
    this.#inView = inView
    this.#settle()
  }

  #settle(): void {
    this.#tell()
    if (!this.#focused || !this.#mine || this.#chat === '') return
    if (this.#manner === 'chosen') void this.#host.Open(this.#chat)
    if (this.#manner !== 'preview') this.#manner = 'opened'
    if (this.attending && this.#inView && this.#newest > this.#readTo) {
      this.#readTo = this.#newest
      void this.#host.Read(this.#chat, this.#newest)
    }
  }

  #tell(): void {
    if (this.#told.chat === this.#chat && this.#told.focused === this.#focused) return
    this.#told = { chat: this.#chat, focused: this.#focused }
    void this.#host.Looking(this.#chat, this.#focused)
  }
}
