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

/** sentence names a row: customer, channel, dot, unread, waiting time, chat id. */
export function sentence(words: Catalogue, formats: Formats, row: Row, now: number): string {
  const said = [row.customer, worded(words.channels, row.channel), dotWord(words, row)]
  if (row.unread > 0) said.push(words.unread(row.unread))
  if (row.waitingSince > 0) said.push(words.waiting(ageOf(words, formats, row.waitingSince, now, true)))
  if (row.replyQueued) said.push(words.replyQueued)
  if (row.pickQueued) said.push(words.picking)
  if (row.draft) said.push(words.draft)
  said.push(row.id)
  return said.filter((part) => part !== '').join(', ')
}
