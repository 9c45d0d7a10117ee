import { describe, expect, it } from 'vitest'
import { Arrivals, type Toast } from './toast'

const toast = (id: string): Toast => ({ id, text: id, bad: true })

describe('toasts of several makers', () => {
  it('stand in the order in which they came, whoever made them', () => {
    const arrivals = new Arrivals()
    const ids = (...all: string[]) => arrivals.ordered(all.map(toast)).map(({ id }) => id)
    expect(ids('notice 1', 'page 1')).toEqual(['notice 1', 'page 1'])
    expect(ids('notice 1', 'notice 2', 'page 1')).toEqual(['notice 1', 'page 1', 'notice 2'])
    expect(ids('notice 2', 'page 1', 'page 2')).toEqual(['page 1', 'notice 2', 'page 2'])
    expect(ids()).toEqual([])
    expect(ids('page 1', 'notice 2')).toEqual(['page 1', 'notice 2'])
  })
})
