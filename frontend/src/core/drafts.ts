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
  as: WrittenAs
  /** What the host said last, to tell its news from the echoes of our saves. */
  heard: string | undefined
  /** What of other devices' words is in the text, as the host counts it. */
  seen: number
  saved: string
  savedAs: WrittenAs
  /** What was sent last, while the host has not taken it. */
  sent: { readonly text: string; refused: boolean } | undefined
  echoes: { readonly text: string; readonly until: number }[]
  timer: ReturnType<typeof setTimeout> | undefined
}

type Keeper = Pick<Console, 'Note' | 'SaveDraft' | 'SaveNote' | 'Send'>

export class Drafts {
  readonly #drafts = new Map<string, Draft>()
  readonly #host: Keeper
  readonly #changed: () => void
  #writes: Promise<unknown> = Promise.resolve()

  constructor(host: Keeper, changed: () => void) {
    this.#host = host
    this.#changed = changed
  }

  text(chat: string): string {
    return this.#drafts.get(chat)?.text ?? ''
  }

  /** writtenAs says whom the chat's draft is for. It stays so while other chats are looked at. */
  writtenAs(chat: string): WrittenAs {
    return this.#drafts.get(chat)?.as ?? 'reply'
  }

  /** edit takes what the agent typed and saves it soon. */
  edit(chat: string, text: string): void {
    const draft = this.#of(chat)
    draft.text = text
    this.#saveSoon(chat, draft)
  }

  /** writeAs says whom the draft, and what is written next, is for. */
  writeAs(chat: string, as: WrittenAs): void {
    const draft = this.#of(chat)
    draft.as = as
    this.#saveSoon(chat, draft)
  }

  #saveSoon(chat: string, draft: Draft): void {
    clearTimeout(draft.timer)
    draft.timer = setTimeout(() => void this.flush(chat), SAVE_MILLIS)
    this.#changed()
  }

  /**
   * heard takes the draft that the host has. News goes in; an echo of what was saved here does not. Where a part of it is
   * for colleagues, all of it is. seen goes back to the host with what is typed from there on, so that words of another
   * device that come at the same moment are not replaced.
   */
  heard(chat: string, text: string, as: WrittenAs, seen: number): void {
    const draft = this.#of(chat)
    draft.seen = seen
    if (draft.heard === text) return
    draft.heard = text
    if (this.#came(draft, text)) return
    draft.echoes = draft.echoes.filter(({ until }) => until > Date.now())
    const echo = draft.echoes.findIndex((each) => each.text === text)
    if (echo >= 0) {
      draft.echoes.splice(0, echo + 1)
      return
    }
    draft.text = draft.text === draft.saved ? text : joined(draft.text, text, draft.saved)
    draft.saved = text
    draft.savedAs = as
    if (as === 'note') draft.as = as
    this.#changed()
  }

  // What the host refused to send may be in its draft; then it comes back that way, and by send: it is taken once.
  #came(draft: Draft, text: string): boolean {
    if (draft.sent === undefined) return false
    if (draft.sent.text === text) return true
    if (draft.sent.refused) draft.sent = undefined
    else if (text === '') draft.echoes = []
    return false
  }

  /** leave saves the draft of a chat that is not looked at any more. Where it is empty, the next is for the customer. */
  async leave(chat: string): Promise<void> {
    await this.flush(chat)
    const draft = this.#drafts.get(chat)
    if (draft?.text === '') draft.as = 'reply'
  }

  /** flush saves the chat's draft now and returns when the host has it. */
  async flush(chat: string): Promise<void> {
    const draft = this.#drafts.get(chat)
    if (draft === undefined) return
    clearTimeout(draft.timer)
    draft.timer = undefined
    const { text, as, seen } = draft
    if (text === draft.saved && (text === '' || as === draft.savedAs)) return this.#settled()
    draft.saved = text
    draft.savedAs = as
    draft.echoes.push({ text, until: Date.now() + ECHO_MILLIS })
    await this.#next(() => (as === 'note' ? this.#host.SaveNote(chat, text, seen) : this.#host.SaveDraft(chat, text, seen)))
  }

  /** flushAll saves every draft: the page is about to go. */
  async flushAll(): Promise<void> {
    await Promise.all([...this.#drafts.keys()].map((chat) => this.flush(chat)))
  }

  /**
   * send sends the chat's draft to whom it is for and empties it at once; if the host would not even queue it, the text
   * comes back, before whatever was typed in the meantime, and the problem is returned.
   */
  async send(chat: string): Promise<Problem | undefined> {
    const draft = this.#of(chat)
    const { text, as } = draft
    clearTimeout(draft.timer)
    draft.text = ''
    draft.sent = { text, refused: false }
    this.#changed()
    try {
      const [problem] = await this.#next(() => (as === 'note' ? this.#host.Note(chat, text) : this.#host.Send(chat, text)))
      if (problem === undefined) {
        draft.sent = undefined
        await this.flush(chat)
        return undefined
      }
      this.#restore(chat, text, as)
      return problem
    } catch (error) {
      this.#restore(chat, text, as)
      throw error
    }
  }

  #restore(chat: string, text: string, as: WrittenAs): void {
    const draft = this.#of(chat)
    draft.sent = { text, refused: true }
    if (as === 'note') draft.as = as
    this.edit(chat, draft.text === '' ? text : `${text}\n${draft.text}`)
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
      draft = { text: '', as: 'reply', heard: undefined, seen: 0, saved: '', savedAs: 'reply', sent: undefined, echoes: [], timer: undefined }
      this.#drafts.set(chat, draft)
    }
    return draft
  }
}

// joined puts together what is being typed and what the host brought, which may continue what was saved, or stand before
// it: words of another device.
function joined(typed: string, brought: string, saved: string): string {
  if (brought === '') return typed
  if (saved !== '' && brought.endsWith(`\n${saved}`)) return lines(brought.slice(0, -saved.length - 1), typed)
  return lines(typed, saved !== '' && brought.startsWith(saved) ? brought.slice(saved.length).trimStart() : brought)
}

function lines(first: string, then: string): string {
  return first === '' || then === '' ? first + then : `${first}\n${then}`
}
