import { describe, expect, it } from 'vitest'
import { batch } from '../../../test/made'
import { speak } from '../../i18n'
import { headline, reasons, undoSeconds } from './say'

const { words } = speak('en', [])
const failed = (chat: string, kind: number, ...args: string[]) => ({ chat, customer: `customer of ${chat}`, problem: { kind, args } })

describe('what is said of a batch', () => {
  it.each([
    ['queued', batch({ state: 'queued', total: 7, done: 0 }), '7 chats wait to go to Bo.'],
    ['sent', batch({ state: 'sent', total: 1, done: 0 }), '1 chat is on the way to Bo…'],
    ['all', batch({ total: 7, done: 7, to: 'Support', toQueue: true }), '7 chats went to the queue of Support.'],
    ['some', batch({ total: 3, done: 1, failed: [failed('A', 20), failed('B', 20)] }), '1 of 3 went to Bo.'],
    ['picks', batch({ kind: 'pick', total: 5, done: 5 }), 'You picked 5 chats.'],
    ['undo', batch({ kind: 'undo', total: 2, done: 2 }), '2 chats are back.'],
    ['what it does not know', batch({ kind: 'teleport' }), 'teleport'],
  ])('%s', (_name, made, want) => {
    expect(headline(words, made)).toBe(want)
  })

  it('says each reason once, with its chats', () => {
    const made = batch({ total: 4, done: 0, failed: [failed('A', 23, '100', '100'), failed('B', 24), failed('C', 23, '100', '100')] })
    expect(reasons(words, made).map(({ text, chats }) => [text, chats.map(({ chat }) => chat)])).toEqual([
      ['Bo is full: 100 of 100 chats.', ['A', 'C']],
      ['This chat is closed. If the customer writes again, it comes back.', ['B']],
    ])
  })

  it('says of a pick that the agent is full', () => {
    expect(reasons(words, batch({ kind: 'pick', failed: [failed('A', 23, '99', '99')] }))[0]?.text).toMatch(/^You have 99 of 99/)
  })

  it('counts the seconds to undo down to none', () => {
    const made = batch({ undoUntil: 10_000 })
    expect([-900, 0, 1, 9_001, 10_000, 20_000].map((now) => undoSeconds(made, now))).toEqual([10, 10, 10, 1, 0, 0])
    expect(undoSeconds(batch({ undoUntil: 10_000, state: 'sent' }), 0)).toBe(0)
  })
})
