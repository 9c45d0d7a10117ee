import { describe, expect, it } from 'vitest'
import { thread } from '../../../test/made'
import { speak } from '../../i18n'
import { deeds, waitingCommand } from './deeds'
import { asideText, leftText, lockedText } from './say'

const { words, formats } = speak('en', [])

function desk() {
  const done: string[] = []
  const note = (name: string) => async (chat: string) => void done.push(`${name} ${chat}`)
  return {
    done,
    words,
    host: { Return: note('Return'), Hold: note('Hold'), Resume: note('Resume'), Close: note('Close') },
    openTransfer: (chats: readonly string[]) => void done.push(`transfer ${chats.join()}`),
  }
}

const queued = (command: string, chat: string, kind: string) => ({
  command, chat, kind, customer: '', text: '', at: 0, sent: false, cancellable: true,
})

describe('the menu of actions', () => {
  it('has what the host offers, in one order, and nothing else', () => {
    const names = deeds(desk(), thread({ actions: ['close', 'extend', 'hold', 'set', 'transfer', 'teleport'] })).map(({ text }) => text)
    expect(names).toEqual(['Transfer', 'Hold', 'Close'])
    expect(deeds(desk(), thread())).toEqual([])
  })

  it('does each with the chat', () => {
    const to = desk()
    for (const { run } of deeds(to, thread({ chat: 'A', actions: ['transfer', 'return', 'hold', 'resume', 'close'] }))) run()
    expect(to.done).toEqual(['transfer A', 'Return A', 'Hold A', 'Resume A', 'Close A'])
  })

  it('finds the newest command of its kind that waits', () => {
    const all = [queued('1', 'A', 'hold'), queued('2', 'A', 'hold'), queued('3', 'B', 'hold'), queued('4', 'A', 'close')]
    expect(waitingCommand(all, 'A', 'hold')?.command).toBe('2')
    expect(waitingCommand(all, 'A', 'transfer')).toBeUndefined()
  })
})

describe('where nothing can be written', () => {
  it.each([
    ['queued', [], /Pick it/],
    ['closed', [], /closed/],
    ['on_hold', ['resume'], /Take it back/],
    ['on_hold', [], /comes back/],
    ['picked', [], /Only the agent/],
  ])('a chat that is %s with %j says %s', (status, actions, text) => {
    expect(lockedText(words, thread({ status, actions, mine: false }))).toMatch(text)
  })

  it.each([
    [{ how: 'closed', by: 'Lena Roth', byMe: false, at: 1_700_000_000_000 }, /closed by Lena Roth, .*\d/],
    [{ how: 'closed', by: '', byMe: false, at: 0 }, /^This chat was closed\. /],
    [{ how: 'closed', by: 'Mia Berg', byMe: true, at: 0 }, /^You closed this chat\. /],
    [{ how: 'taken', by: 'Jonas Weber', byMe: false, at: 0 }, /^Jonas Weber has this chat now/],
    [{ how: 'taken', by: '', byMe: false, at: 0 }, /^Somebody else has/],
    [{ how: 'away', by: '', byMe: false, at: 0 }, /none of your lists/],
  ])('a chat that left as %j says so', (left, text) => {
    expect(leftText(words, formats, left, 1_700_000_100_000)).toMatch(text)
  })

  it('is told what a queued action means for a reply', () => {
    const { row } = thread()
    expect(asideText(words, thread())).toBe('')
    expect(asideText(words, thread({ row: { ...row, queued: 'transfer' } }))).toMatch(/held for your decision/)
    expect(asideText(words, thread({ status: 'on_hold' }))).toMatch(/on hold/)
    expect(asideText(words, thread({ row: { ...row, queued: 'hold' } }))).toBe('')
  })
})
