// How a row of a list is said.
import type { Row } from '../../core/host'
import { worded, type Catalogue } from '../../i18n'
import type { Formats } from '../../core/format'

/** dotWord is the word of a row's dot; '' if it has none. */
export function dotWord(words: Catalogue, row: Row): string {
  if (row.dot === 'new') return words.newWord
  return row.dot === 'pending' ? words.pendingWord : ''
}

/** ageOf is how long ago something was, short for the eye or in words for the ear. */
export function ageOf(words: Catalogue, formats: Formats, at: number, now: number, spoken: boolean): string {
  if (now - at < 60_000) return spoken ? words.underAMinute : words.now
  return formats.age(now - at, spoken)
}

/** clockWords say when a chat goes back to the queue unless it is answered, in words for the ear; '' if no clock runs. */
export function clockWords(words: Catalogue, formats: Formats, releaseAt: number, now: number): string {
  if (releaseAt === 0) return ''
  return words.lists.released(ageOf(words, formats, now, releaseAt, true))
}

/** clockGone is how much of the release clock's time is gone, from 0 to 1; undefined if no clock runs. */
export function clockGone(row: Row, now: number): number | undefined {
  if (row.releaseAt === 0 || row.period <= 0) return undefined
  return Math.min(1, Math.max(0, 1 - (row.releaseAt - now) / row.period))
}

/** marks are what is not confirmed or not finished about a chat. */
export function marks(words: Catalogue, row: Row): string[] {
  const said: string[] = []
  if (row.gone) said.push(row.goneTo === '' ? words.lists.gone : words.lists.goneTo(row.goneTo))
  if (row.pickQueued) said.push(words.picking)
  else if (row.queued !== '') said.push(queuedWord(words, row.queued))
  if (row.replyQueued) said.push(words.replyQueued)
  if (row.draft) said.push(words.draft)
  return said
}

/** queuedWord says that a command of a kind waits for the server. */
export function queuedWord(words: Catalogue, kind: string): string {
  const table: Readonly<Record<string, string>> = words.lists.queued
  return Object.hasOwn(table, kind) ? (table[kind] ?? '') : words.lists.queuedOther
}

/** sentence names a row: customer, channel, dot, unread, waiting time, its clock, hold, priority and marks, chat id. */
export function sentence(words: Catalogue, formats: Formats, row: Row, now: number): string {
  const said = [row.customer, worded(words.channels, row.channel), dotWord(words, row)]
  if (row.unread > 0) said.push(words.unread(row.unread))
  if (row.waitingSince > 0) said.push(words.waiting(ageOf(words, formats, row.waitingSince, now, true)))
  said.push(clockWords(words, formats, row.releaseAt, now))
  if (row.status === 'on_hold') said.push(words.lists.onHold)
  if (row.priority > 0) said.push(words.lists.priority(words.priorities[row.priority] ?? ''))
  said.push(...marks(words, row), row.id)
  return said.filter((part) => part !== '').join(', ')
}
