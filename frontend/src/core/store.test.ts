import { beforeEach, describe, expect, it, vi } from 'vitest'
import { patch as made, row, rows, status, targets, thread } from '../../test/made'
import type { Ask, Patch } from './host'
import { Store } from './store'

/** A host that answers when it is told to. */
class SlowHost {
  asks: Ask[] = []
  #answers: ((patch: Patch | Error) => void)[] = []

  Look = (ask: Ask): Promise<Patch> => {
    this.asks.push(ask)
    return new Promise((resolve, reject) => {
      this.#answers.push((patch) => (patch instanceof Error ? reject(patch) : resolve(patch)))
    })
  }

  get waiting(): number {
    return this.#answers.length
  }

  async answer(patch: Partial<Patch> | Error = {}): Promise<void> {
    this.#answers.shift()?.(patch instanceof Error ? patch : made(patch))
    await vi.advanceTimersByTimeAsync(0)
  }
}

describe('the store', () => {
  let host: SlowHost
  let changes: number
  let store: Store

  beforeEach(() => {
    vi.useFakeTimers()
    host = new SlowHost()
    changes = 0
    store = new Store(host, () => changes++)
  })

  it('never asks twice at once, and asks once more for all that happened meanwhile', async () => {
    store.poke()
    store.poke()
    store.poke()
    expect(host.waiting).toBe(1)
    await host.answer()
    expect(host.waiting).toBe(1)
    await host.answer()
    expect(host.asks.length).toBe(2)
    expect(host.waiting).toBe(0)
  })

  it('asks only for what changed since', async () => {
    store.show({ chat: 'A' })
    await host.answer({ status: [status({ seq: 5 })], rows: [rows({ seq: 6 })], thread: [thread({ seq: 7, chat: 'A' })] })
    store.poke()
    expect(host.asks.at(-1)).toMatchObject({ status: 5, list: { seq: 6 }, thread: { chat: 'A', seq: 7 } })
  })

  it('keeps the rows that have not changed as the very same ones, wherever they stand now', async () => {
    store.poke()
    await host.answer({ rows: [rows({ seq: 1, rows: [row({ id: 'A' }), row({ id: 'B', tags: ['vip'] })] })] })
    const before = store.rows?.rows
    store.poke()
    await host.answer({ rows: [rows({ seq: 2, rows: [row({ id: 'B', tags: ['vip'] }), row({ id: 'A', unread: 9 })] })] })
    const after = store.rows?.rows
    expect(after?.[0]).toBe(before?.[1])
    expect(after?.[1]).toMatchObject({ id: 'A', unread: 9 })
    expect(store.rows?.seq).toBe(2)
  })

  it('asks for all of a window that it does not have', async () => {
    store.poke()
    await host.answer({ rows: [rows({ seq: 6 })] })
    store.show({ from: 24 })
    expect(host.asks.at(-1)?.list).toMatchObject({ from: 24, seq: 0 })
    await host.answer({ rows: [rows({ seq: 6, from: 24 })] })
    store.show({ messages: 100, chat: 'A' })
    expect(host.asks.at(-1)?.thread).toEqual({ chat: 'A', count: 100, seq: 0 })
  })

  it('drops an answer for what is not on the screen any more', async () => {
    store.show({ chat: 'A' })
    store.show({ chat: 'B', list: 'queue' })
    await host.answer({ rows: [rows({ list: 'my' })], thread: [thread({ chat: 'A' })] })
    expect(store.thread).toBeUndefined()
    expect(store.rows).toBeUndefined()
    await host.answer({ rows: [rows({ list: 'queue' })], thread: [thread({ chat: 'B' })] })
    expect(store.thread?.chat).toBe('B')
    expect(store.rows?.list).toBe('queue')
  })

  it('takes the rows of an earlier window of the same list, but asks for the present one in full', async () => {
    store.poke()
    store.show({ from: 48 })
    await host.answer({ rows: [rows({ seq: 9, from: 0 })] })
    expect(host.asks.at(-1)?.list).toMatchObject({ from: 48, seq: 0 })
  })

  it('asks for targets only while their dialog is open, and for those of other chats anew', async () => {
    const chats = ['A', 'B']
    store.show({ targets: chats })
    expect(host.asks.at(-1)?.targets).toEqual({ open: true, chats, seq: 0 })
    await host.answer({ targets: [targets({ seq: 4 })] })
    store.poke()
    expect(host.asks.at(-1)?.targets.seq).toBe(4)
    store.show({ targets: ['C'] })
    expect(store.targets).toBeUndefined()
    await host.answer({ targets: [targets({ seq: 5, chats: 2 })] })
    expect(store.targets).toBeUndefined()
    expect(host.asks.at(-1)?.targets).toEqual({ open: true, chats: ['C'], seq: 0 })
    await host.answer({ targets: [targets({ seq: 6 })] })
    expect(store.targets?.seq).toBe(6)
    store.show({ targets: undefined })
    expect(host.asks.at(-1)?.targets).toEqual({ open: false, chats: [], seq: 0 })
  })

  it('asks for the company and the pending chats only while they are looked at', async () => {
    store.show({ company: true, pending: true })
    await host.answer({ company: [{ seq: 2, teams: [], agents: [], assets: [], channels: [] }], pending: [{ seq: 3, rows: [] }] })
    store.poke()
    expect(host.asks.at(-1)).toMatchObject({ company: { open: true, seq: 2 }, pending: { open: true, seq: 3 } })
    store.show({ company: false, pending: false })
    expect(store.company).toBeUndefined()
    expect(store.pending).toBeUndefined()
  })

  it('tells when the host does not answer, asks again, and tells when it is back', async () => {
    store.poke()
    await host.answer(new Error('gone'))
    expect(store.away).toBe(true)
    const before = changes
    await vi.advanceTimersByTimeAsync(1000)
    await host.answer()
    expect(store.away).toBe(false)
    expect(changes).toBe(before + 1)
  })

  it('says nothing when nothing changed', async () => {
    store.poke()
    await host.answer()
    expect(changes).toBe(0)
  })
})
