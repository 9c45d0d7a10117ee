// What stands where the message box would be, or above it.
import type { Formats } from '../../core/format'
import type { Left, Thread } from '../../core/host'
import type { Catalogue } from '../../i18n'
import { can } from './deeds'

/** From how much of its time that is gone a clock is about to run out. */
export const SOON = 0.75

type Standing = Pick<Thread, 'status' | 'mine' | 'actions' | 'row'>

/** lockedText says why a conversation cannot be answered, and what to do about it. */
export function lockedText(words: Catalogue, thread: Standing): string {
  switch (thread.status) {
    case 'queued': return words.inQueueHelp
    case 'closed': return words.deeds.closedHelp
    case 'on_hold': return can(thread.actions, 'resume') ? words.deeds.onHoldTake : words.deeds.onHoldOther
    default: return words.notMineHelp
  }
}

/** leftText says where a chat went that is still on the screen; at server time now. */
export function leftText(words: Catalogue, formats: Formats, left: Left, now: number): string {
  const says = words.deeds.left
  const when = left.at > 0 ? formats.when(left.at, now) : ''
  switch (left.how) {
    case 'closed': return left.byMe ? says.closedByMe(when) : says.closed(left.by, when)
    case 'taken': return says.taken(left.by)
    default: return says.away
  }
}

/** asideText says what to know before answering; '' if there is nothing. */
export function asideText(words: Catalogue, thread: Standing): string {
  if (['transfer', 'close'].includes(thread.row.queued)) return words.deeds.leaving
  return thread.status === 'on_hold' ? words.deeds.onHoldMine : ''
}
