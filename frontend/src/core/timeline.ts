// The conversation as it is drawn: messages with a mark before each new day and a line before the first unread one,
// and texts cut into words and links.
import type { Link, Message } from './host'

export type Entry =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'unread'; readonly key: string }
  | { readonly kind: 'message'; readonly key: string; readonly message: Message; readonly follows: boolean }

/** Messages of one author within this time stand together. */
const TOGETHER_MILLIS = 5 * 60_000

/**
 * timeline lays out messages, which are in their order. readTo is the number after which a customer's message is
 * unread; dayOf names the day of a moment.
 */
export function timeline(messages: readonly Message[], readTo: number, dayOf: (at: number) => string): Entry[] {
  const entries: Entry[] = []
  let day = ''
  let before: Message | undefined
  let lined = false
  for (const message of messages) {
    const today = dayOf(message.at)
    if (today !== day) entries.push({ kind: 'day', key: `day ${today}`, at: message.at })
    const unread: boolean = !lined && message.kind === 'inbound' && message.number > readTo
    if (unread) entries.push({ kind: 'unread', key: 'unread' })
    const follows = today === day && !unread && before !== undefined && together(before, message)
    entries.push({ kind: 'message', key: message.key, message, follows })
    lined ||= unread
    day = today
    before = message
  }
  return entries
}

function together(a: Message, b: Message): boolean {
  return a.kind === b.kind && a.kind !== 'system' && a.author === b.author && b.at - a.at < TOGETHER_MILLIS
}

/** newestNumber returns the highest number that the server has given to one of messages; 0 if there is none. */
export function newestNumber(messages: readonly Message[]): number {
  return messages.reduce((highest, message) => Math.max(highest, message.number), 0)
}

/**
 * UnreadLine keeps the line before the first unread message where it was when the agent came to the chat, while reading
 * moves the marker on. It moves only for what came while nobody was looking.
 */
export class UnreadLine {
  #chat = ''
  #after = 0
  #allRead = true

  /** after returns the number after which the line stands. */
  after(chat: string, readTo: number, newestInbound: number, attending: boolean): number {
    const unread = newestInbound > readTo
    if (chat !== this.#chat || (unread && this.#allRead && !attending)) this.#after = readTo
    this.#chat = chat
    this.#allRead = !unread
    return this.#after
  }
}

export type Part = { readonly text: string; readonly url: string }

/** parts cuts a text into words (url '') and links. Links that do not fit the text are left as words. */
export function parts(text: string, links: readonly Link[]): Part[] {
  const out: Part[] = []
  let at = 0
  for (const link of links) {
    if (link.from < at || link.to <= link.from || link.to > text.length) continue
    if (link.from > at) out.push({ text: text.slice(at, link.from), url: '' })
    out.push({ text: text.slice(link.from, link.to), url: link.url })
    at = link.to
  }
  if (at < text.length) out.push({ text: text.slice(at), url: '' })
  return out
}

/** leadsElsewhere reports whether a link's text does not itself say where the link goes. */
export function leadsElsewhere(part: Part): boolean {
  return bare(part.text) !== bare(part.url)
}

function bare(address: string): string {
  return address.replace(/^https?:\/\//i, '').replace(/\/$/, '').toLowerCase()
}

/** characters counts what the channels count: code points, not UTF-16 units. */
export function characters(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
