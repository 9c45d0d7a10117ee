import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Drafts } from './drafts'
import type { Problem } from './host'

describe('drafts', () => {
  let saved: string[]
  let refuse: Problem[]
  let drafts: Drafts

  beforeEach(() => {
    vi.useFakeTimers()
    saved = []
    refuse = []
    drafts = new Drafts(
      {
        Note: async (chat, text) => {
          saved.push(`note ${chat}: ${text}`)
          return refuse
        },
        SaveDraft: async (chat, text) => void saved.push(`${chat}: ${text}`),
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
    drafts.heard('A', 'from yesterday')
    expect(drafts.text('A')).toBe('from yesterday')
  })

  it('is not moved by an echo of what it saved', async () => {
    drafts.edit('A', 'h')
    await vi.runAllTimersAsync()
    drafts.edit('A', 'hi')
    drafts.heard('A', 'h')
    expect(drafts.text('A')).toBe('hi')
    await vi.runAllTimersAsync()
    drafts.heard('A', 'hi')
    expect(drafts.text('A')).toBe('hi')
  })

  it('takes words that a decision put to the draft', async () => {
    drafts.edit('A', 'mine')
    await drafts.flush('A')
    drafts.heard('A', 'mine')
    drafts.heard('A', 'mine\nheld')
    expect(drafts.text('A')).toBe('mine\nheld')
  })

  it('loses neither what is being typed nor what the host brought', async () => {
    drafts.edit('A', 'mine')
    await drafts.flush('A')
    drafts.heard('A', 'mine')
    drafts.edit('A', 'mine and more')
    drafts.heard('A', 'mine\nheld')
    expect(drafts.text('A')).toBe('mine and more\nheld')
  })

  it('empties when it is sent, also on the host’s disk, and takes the same words again later', async () => {
    drafts.edit('A', 'hello')
    await drafts.flush('A')
    await drafts.send('A', 'reply')
    expect(drafts.text('A')).toBe('')
    expect(saved).toEqual(['A: hello', 'send A: hello', 'A: '])
    drafts.heard('A', 'hello')
    expect(drafts.text('A')).toBe('')
    drafts.heard('A', '')
    await vi.advanceTimersByTimeAsync(2000)
    drafts.heard('A', 'hello')
    expect(drafts.text('A')).toBe('hello')
  })

  it('comes back when it could not be queued, before what was typed since', async () => {
    refuse = [{ kind: 60, args: [] }]
    drafts.edit('A', 'first')
    const sending = drafts.send('A', 'reply')
    drafts.edit('A', 'second')
    expect(await sending).toEqual({ kind: 60, args: [] })
    expect(drafts.text('A')).toBe('first\nsecond')
  })

  it('goes to colleagues as a note when that was chosen', async () => {
    drafts.edit('A', 'for us')
    await drafts.send('A', 'note')
    expect(saved).toEqual(['note A: for us'])
    expect(drafts.text('A')).toBe('')
  })

  it('keeps each chat’s own', async () => {
    drafts.edit('A', 'a')
    drafts.edit('B', 'b')
    await drafts.flushAll()
    expect(saved.toSorted()).toEqual(['A: a', 'B: b'])
  })
})
