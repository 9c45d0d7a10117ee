import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Hand, TELL_MILLIS } from './hand'

describe('the hand in a list', () => {
  let told: string[]
  let hand: Hand

  beforeEach(() => {
    vi.useFakeTimers()
    told = []
    hand = new Hand((list, busy) => told.push(`${list} ${busy ? 'held' : 'moved'}`))
  })

  it('is told at once, then a few times a second, and after its last movement', () => {
    for (let i = 0; i < 100; i++) {
      hand.moved('my')
      vi.advanceTimersByTime(10)
    }
    expect(told.length).toBe(Math.ceil(1000 / TELL_MILLIS))
    vi.advanceTimersByTime(TELL_MILLIS)
    expect(told.length).toBe(Math.ceil(1000 / TELL_MILLIS) + 1)
    vi.advanceTimersByTime(10 * TELL_MILLIS)
    expect(told.length).toBe(Math.ceil(1000 / TELL_MILLIS) + 1)
  })

  it('is each list’s own', () => {
    hand.moved('my')
    hand.moved('queue')
    expect(told).toEqual(['my moved', 'queue moved'])
  })

  it('is held from the first hold to the end of the last, and each ends once', () => {
    const first = hand.hold('my')
    const second = hand.hold('my')
    first()
    first()
    expect(told).toEqual(['my held'])
    second()
    expect(told).toEqual(['my held', 'my moved'])
  })

  it('stays held when it moves', () => {
    const release = hand.hold('my')
    hand.moved('my')
    expect(told).toEqual(['my held', 'my held'])
    release()
    expect(told.at(-1)).toBe('my moved')
  })
})
