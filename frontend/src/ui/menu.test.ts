import { describe, expect, it } from 'vitest'
import { menuStep } from './menu'

const texts = ['Transfer', 'Return to queue', 'Hold', 'Close', 'Trigger event']

describe('the keys of a menu', () => {
  it.each([
    ['ArrowDown', 0, 1],
    ['ArrowDown', 4, 0],
    ['ArrowUp', 0, 4],
    ['ArrowUp', 3, 2],
    ['ArrowUp', -1, 4],
    ['Home', 3, 0],
    ['End', 0, 4],
  ])('%s from %i leads to %i', (key, at, to) => {
    expect(menuStep(key, at, texts)).toBe(to)
  })

  it('goes to the next entry that begins with a letter, and round', () => {
    expect(menuStep('t', 0, texts)).toBe(4)
    expect(menuStep('T', 4, texts)).toBe(0)
    expect(menuStep('h', 2, texts)).toBe(2)
  })

  it('leaves other keys alone', () => {
    for (const key of ['x', 'Enter', ' ', 'Tab', 'F1']) expect(menuStep(key, 0, texts)).toBeUndefined()
  })
})
