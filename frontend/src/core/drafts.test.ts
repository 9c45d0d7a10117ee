import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Drafts } from './drafts'
import type { Problem } from './host'

describe('drafts', () => {
  let saved: string[]
  let upon: number[]
  let refuse: Problem[]
  let drafts: Drafts

  beforeEach(() => {
    vi.useFakeTimers()
    saved = []
    upon = []
    refuse = []
    drafts = new Drafts(
      {
        Note: async (chat, text) => {
          saved.push(`note ${chat}: ${text}`)
          return refuse
        },
        SaveDraft: async (chat, text, seen) => {
          saved.push(`${chat}: ${text}`)
          upon.push(seen)
        },
        SaveNote: async (chat, text) => void saved.push(`${chat}, note: ${text}`),
        Send: async (chat, text) => {
          saved.push(`send ${chat}: ${text}`)
          return refuse
        },
      },
      () => undefined,
    )
  })

  it('saves after a pause, and only the last', async () => {
    drafts.edit('A', 'h')
    drafts.edit('A', 'hi')
    expect(saved).toEqual([])
    await vi.runAllTimersAsync()
    expect(saved).toEqual(['A: hi'])
  })

  it('takes the draft that the host kept', () => {
    drafts.heard('A', 'from yesterday', 'reply', 0)
    expect(drafts.text('A')).toBe('from yesterday')
  })

  it('is not moved by an echo of what it saved', async () => {
    drafts.edit('A', 'h')
    await vi.runAllTimersAsync()
    drafts.edit('A', 'hi')
    drafts.heard('A', 'h', 'reply', 0)
    expect(drafts.text('A')).toBe('hi')
    await vi.runAllTimersAsync()
    drafts.heard('A', 'hi', 'reply', 0)
    expect(drafts.text('A')).toBe('hi')
  })

  it('takes words that a decision put to the draft', async () => {
    drafts.edit('A', 'mine')
    await drafts.flush('A')
    drafts.heard('A', 'mine', 'reply', 0)
    drafts.heard('A', 'mine\nheld', 'reply', 0)
    expect(drafts.text('A')).toBe('mine\nheld')
  })

  it('loses neither what is being typed nor what the host brought', async () => {
    drafts.edit('A', 'mine')
    await drafts.flush('A')
    drafts.heard('A', 'mine', 'reply', 0)
    drafts.edit('A', 'mine and more')
    drafts.heard('A', 'mine\nheld', 'reply', 0)
    expect(drafts.text('A')).toBe('mine and more\nheld')
  })

  it('empties when it is sent, also on the host’s disk, and takes the same words again later', async () => {
    drafts.edit('A', 'hello')
    await drafts.flush('A')
    await drafts.send('A')
    expect(drafts.text('A')).toBe('')
    expect(saved).toEqual(['A: hello', 'send A: hello', 'A: '])
    drafts.heard('A', 'hello', 'reply', 0)
    expect(drafts.text('A')).toBe('')
    drafts.heard('A', '', 'reply', 0)
    await vi.advanceTimersByTimeAsync(2000)
    drafts.heard('A', 'hello', 'reply', 0)
    expect(drafts.text('A')).toBe('hello')
  })

  it('comes back when it could not be queued, before what was typed since', async () => {
    refuse = [{ kind: 60, args: [] }]
    drafts.edit('A', 'first')
    const sending = drafts.send('A')
    drafts.edit('A', 'second')
    expect(await sending).toEqual({ kind: 60, args: [] })
    expect(drafts.text('A')).toBe('first\nsecond')
  })

  it('goes to colleagues as a note when that was chosen', async () => {
    drafts.writeAs('A', 'note')
    drafts.edit('A', 'for us')
    await drafts.send('A')
    expect(saved).toEqual(['note A: for us'])
    expect(drafts.text('A')).toBe('')
  })

  it('is not doubled when the host brings back what it would not queue', async () => {
    for (const order of ['before', 'after']) {
      refuse = [{ kind: 60, args: [] }]
      drafts.edit(order, 'first')
      await drafts.flush(order)
      drafts.heard(order, 'first', 'reply', 0)
      const sending = drafts.send(order)
      drafts.heard(order, '', 'reply', 0)
      drafts.edit(order, 'second')
      if (order === 'before') drafts.heard(order, 'first', 'reply', 0)
      await sending
      drafts.heard(order, 'first', 'reply', 0)
      expect(drafts.text(order)).toBe('first\nsecond')
      await drafts.flush(order)
      drafts.heard(order, 'first\nsecond', 'reply', 0)
      expect(drafts.text(order)).toBe('first\nsecond')
    }
  })

  it('takes back at once what was sent a moment after it was saved', async () => {
    drafts.edit('A', 'hello')
    await drafts.flush('A')
    const sending = drafts.send('A')
    drafts.heard('A', '', 'reply', 0)
    await sending
    drafts.heard('A', 'hello', 'reply', 0)
    expect(drafts.text('A')).toBe('hello')
  })

  it('goes on behind words of another device, and says its own once', async () => {
    drafts.edit('A', 'ours')
    await drafts.flush('A')
    drafts.heard('A', 'ours', 'reply', 0)
    drafts.edit('A', 'ours goes on')
    drafts.heard('A', 'theirs\nours', 'reply', 0)
    expect(drafts.text('A')).toBe('theirs\nours goes on')
  })

  it('stays for colleagues while other chats are looked at, and over a new start', async () => {
    drafts.writeAs('A', 'note')
    drafts.edit('A', 'for us')
    await drafts.leave('A')
    expect(saved).toEqual(['A, note: for us'])
    expect(drafts.writtenAs('A')).toBe('note')
    expect(drafts.writtenAs('B')).toBe('reply')
    drafts.heard('B', 'a note that was taken back', 'note', 0)
    expect(drafts.writtenAs('B')).toBe('note')
    drafts.writeAs('B', 'reply')
    await drafts.flush('B')
    expect(saved).toEqual(['A, note: for us', 'B: a note that was taken back'])
    await drafts.send('A')
    await drafts.leave('A')
    expect(drafts.writtenAs('A')).toBe('reply')
  })

  it('is for colleagues when a note is put to words for the customer', async () => {
    drafts.edit('A', 'mine')
    await drafts.flush('A')
    drafts.heard('A', 'mine', 'reply', 0)
    drafts.edit('A', 'mine and more')
    drafts.heard('A', 'mine\nfor us', 'note', 0)
    expect(drafts.text('A')).toBe('mine and more\nfor us')
    expect(drafts.writtenAs('A')).toBe('note')
  })

  it('says with what it saves which words of other devices are in it', async () => {
    drafts.heard('A', 'theirs', 'reply', 4)
    drafts.edit('A', 'theirs and mine')
    const saving = drafts.flush('A')
    drafts.heard('A', 'theirs anew', 'reply', 7)
    await saving
    expect(upon).toEqual([4])
    await drafts.flush('A')
    drafts.edit('A', 'and more')
    await drafts.flush('A')
    expect(upon.at(-1)).toBe(7)
  })

  it('keeps each chat’s own', async () => {
    drafts.edit('A', 'a')
    drafts.edit('B', 'b')
    await drafts.flushAll()
    expect(saved.toSorted()).toEqual(['A: a', 'B: b'])
  })
})
