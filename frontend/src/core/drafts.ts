// Drafts are what is being written, one for each chat. The host keeps them on disk; here they stand while the
// agent types. What was typed is never replaced by an older echo of itself, and never lost to another text.
import type { Console, Problem } from './host'

/** How long after the last key a draft is saved. */
const SAVE_MILLIS = 250

/** How long after a save the host may still be heard to say it. */
const ECHO_MILLIS = 2000

/** Whom a text is for: the customer, or colleagues. */
export type WrittenAs = 'reply' | 'note'

interface Draft {
  text: string
  /** What the host said last, to tell its news from the echoes of our saves. */
  heard: string | undefined
  saved: string
  echoes: { readonly text: string; readonly until: number }[]
  timer: ReturnType<typeof setTimeout> | undefined
}

export class Drafts {
  readonly #drafts = new Map<string, Draft>()
  readonly #host: Pick<Console, 'Note' | 'SaveDraft' | 'Send'>
  readonly #changed: () => void
  #writes: Promise<unknown> = Promise.resolve()

  constructor(host: Pick<Console, 'Note' | 'SaveDraft' | 'Send'>, changed: () => void) {
    this.#host = host
    this.#changed = changed
  }

  text(chat: string): string {
    return this.#drafts.get(chat)?.text ?? ''
  }

  /** edit takes what the agent typed and saves it soon. */
  edit(chat: string, text: string): void {
    const draft = this.#of(chat)
    draft.text = text
    clearTimeout(draft.timer)
    draft.timer = setTimeout(() => void this.flush(chat), SAVE_MILLIS)
    this.#changed()
  }

  /** heard takes the draft that the host has. News goes in; an echo of what was saved here does not. */
  heard(chat: string, text: string): void {
    const draft = this.#of(chat)
    if (draft.heard === text) return
    draft.heard = text
    draft.echoes = draft.echoes.filter(({ until }) => until > Date.now())
    const echo = draft.echoes.findIndex((each) => each.text === text)
    if (echo >= 0) {
      draft.echoes.splice(0, echo + 1)
      return
    }
    draft.text = draft.text === draft.saved ? text : joined(draft.text, text, draft.saved)
    draft.saved = text
    this.#changed()
  }

  /** flush saves the chat's draft now and returns when the host has it. */
  async flush(chat: string): Promise<void> {
    const draft = this.#drafts.get(chat)
    if (draft === undefined) return
    clearTimeout(draft.timer)
    draft.timer = undefined
    if (draft.text === draft.saved) return this.#settled()
    const text = draft.text
    draft.saved = text
    draft.echoes.push({ text, until: Date.now() + ECHO_MILLIS })
    await this.#next(() => this.#host.SaveDraft(chat, text))
  }

  /** flushAll saves every draft: the page is about to go. */
  async flushAll(): Promise<void> {
    await Promise.all([...this.#drafts.keys()].map((chat) => this.flush(chat)))
  }

  /**
   * send sends the chat's draft to the customer, or as a note to colleagues, and empties it at once; if the host would
   * not even queue it, the text comes back, before whatever was typed in the meantime, and the problem is returned.
   */
  async send(chat: string, as: WrittenAs): Promise<Problem | undefined> {
    const draft = this.#of(chat)
    const text = draft.text
    clearTimeout(draft.timer)
    draft.text = ''
    this.#changed()
    try {
      const [problem] = await this.#next(() => (as === 'note' ? this.#host.Note(chat, text) : this.#host.Send(chat, text)))
      if (problem === undefined) {
        await this.flush(chat)
        return undefined
      }
      this.#restore(chat, text)
      return problem
    } catch (error) {
      this.#restore(chat, text)
      throw error
    }
  }

  #restore(chat: string, text: string): void {
    const typed = this.text(chat)
    this.edit(chat, typed === '' ? text : `${text}\n${typed}`)
  }

  // The host takes calls in any order, so a save waits for the one before it: an old draft must not come last.
  #next<T>(call: () => Promise<T>): Promise<T> {
    const done = this.#writes.then(call)
    this.#writes = done.catch(() => undefined)
    return done
  }

  async #settled(): Promise<void> {
    await this.#writes
  }

  #of(chat: string): Draft {
    let draft = this.#drafts.get(chat)
    if (draft === undefined) {
      draft = { text: '', heard: undefined, saved: '', echoes: [], timer: undefined }
      this.#drafts.set(chat, draft)
    }
    return draft
  }
}

// joined puts together what is being typed and what the host brought, which may continue what was saved.
function joined(typed: string, brought: string, saved: string): string {
  if (brought === '') return typed
  const added = saved !== '' && brought.startsWith(saved) ? brought.slice(saved.length).trimStart() : brought
  return typed === '' ? added : `${typed}\n${added}`
}
