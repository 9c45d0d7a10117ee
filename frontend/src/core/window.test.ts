import { describe, expect, it } from 'vitest'
import { asked, BLOCK, MAX_ASK, OVERSCAN, reveal, visible } from './window'

/** spread gives many cases that cover small and large lists, at the edges and beyond. */
function* spread(): Generator<{ top: number; height: number; row: number; total: number }> {
  for (const total of [0, 1, 7, 99, 10_000])
    for (const row of [1, 47.5, 60, 120])
      for (const height of [0, 1, 333, 4000])
        for (const at of [-0.1, 0, 0.001, 0.5, 0.999, 1, 1.2]) yield { top: at * total * row, height, row, total }
}

describe('the window of a list', () => {
  it('covers every row on the screen and stays within the list', () => {
    for (const { top, height, row, total } of spread()) {
      const { from, to } = visible(top, height, row, total)
      expect(from).toBeGreaterThanOrEqual(0)
      expect(to).toBeLessThanOrEqual(total)
      expect(from).toBeLessThanOrEqual(to)
      for (const y of [top, top + height / 2, top + height - 0.01]) {
        const index = Math.floor(y / row)
        if (y < top || index < 0 || index >= total) continue
        expect(index, `row at ${y} of ${total}`).toBeGreaterThanOrEqual(from)
        expect(index, `row at ${y} of ${total}`).toBeLessThan(to)
      }
    }
  })

  it('draws no more than the screen holds', () => {
    for (const { top, height, row, total } of spread()) {
      const { from, to } = visible(top, height, row, total)
      expect(to - from).toBeLessThanOrEqual(Math.ceil(height / row) + 1 + 2 * OVERSCAN)
    }
  })

  it('draws nothing while the height of a row is not known', () => {
    expect(visible(0, 500, 0, 100)).toEqual({ from: 0, to: 0 })
  })

  it('asks for all that is drawn, in whole blocks, within the limit', () => {
    for (let from = 0; from < 300; from += 7) {
      const to = from + 40
      const ask = asked({ from, to })
      expect(ask.from).toBeLessThanOrEqual(from)
      expect(ask.from + ask.count).toBeGreaterThanOrEqual(to)
      expect(ask.from % BLOCK).toBe(0)
      expect(ask.count).toBeLessThanOrEqual(MAX_ASK)
    }
    expect(asked({ from: 0, to: 0 })).toEqual({ from: 0, count: BLOCK })
    expect(asked({ from: 0, to: 5000 }).count).toBe(MAX_ASK)
  })

  it('scrolls only as far as a row needs', () => {
    expect(reveal(0, 100, 300, 60)).toBe(0)
    expect(reveal(3, 100, 300, 60)).toBe(100)
    expect(reveal(9, 100, 300, 60)).toBe(300)
  })
})
