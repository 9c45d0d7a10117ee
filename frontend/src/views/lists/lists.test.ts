import { beforeEach, describe, expect, it } from 'vitest'
import { rows } from '../../../test/made'
import { NO_FILTER } from '../../core/sieve'
import { Lists } from './lists.svelte'

describe('what is done to a list', () => {
  let told: unknown[][]
  let lists: Lists

  beforeEach(() => {
    told = []
    const tell = (name: string) => async (...args: unknown[]) => void told.push([name, ...args])
    lists = new Lists({
      SetOrder: tell('order'), SetFilter: tell('filter'), Hand: tell('hand'), Apply: tell('apply'),
      Select: tell('select'), SelectRange: tell('range'), SelectAll: tell('all'), SelectNone: tell('none'),
    })
  })

  it('a range reaches from the chat that was ticked last, in each list of its own', () => {
    lists.tick('my', 'A', true, false)
    lists.tick('my', 'C', true, true)
    lists.tick('my', 'E', true, true)
    lists.tick('queue', 'X', true, true)
    expect(told).toEqual([
      ['select', 'my', 'A', true], ['range', 'my', 'A', 'C'], ['range', 'my', 'C', 'E'], ['select', 'queue', 'X', true],
    ])
  })

  it('a range has no beginning after all or none were ticked', () => {
    lists.tick('my', 'A', true, false)
    lists.tickAll('my', false)
    lists.tick('my', 'C', true, true)
    expect(told.at(-1)).toEqual(['select', 'my', 'C', true])
  })

  it('a filter is shown and told at once, and cleared', () => {
    lists.sift('my', { query: 'ana' })
    expect(lists.text('my')).toBe('ana')
    expect(lists.filtered('my')).toBe(true)
    expect(lists.filtered('queue')).toBe(false)
    lists.clear('my')
    expect(told).toEqual([
      ['filter', 'my', { ...NO_FILTER, query: 'ana' }],
      ['filter', 'my', NO_FILTER],
    ])
    expect(lists.filtered('my')).toBe(false)
  })

  it('hears how each list is filtered', () => {
    lists.heard(rows({ list: 'queue', filter: { ...NO_FILTER, channels: ['sms'] } }))
    expect(lists.filter('queue').channels).toEqual(['sms'])
    expect(lists.filter('my')).toEqual(NO_FILTER)
  })
})
