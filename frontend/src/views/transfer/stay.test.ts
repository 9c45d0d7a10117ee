import { describe, expect, it } from 'vitest'
import { batch } from '../../../test/made'
import { Stay } from './stay'

describe('a word of success', () => {
  it('stays for a while after it can be undone no more', () => {
    const stay = new Stay()
    const well = [batch({ command: 'A', undoUntil: 10_000 }), batch({ command: 'B', undoUntil: 0 })]
    expect([0, 3_999, 4_000, 13_999].map((now) => stay.over(well, now, false))).toEqual([[], [], ['B'], ['B']])
    expect(stay.over(well, 14_000, false)).toEqual(['A', 'B'])
  })

  it('is not lost behind a dialog, where its undo expired', () => {
    const stay = new Stay()
    const well = [batch({ command: 'A', undoUntil: 10_000 })]
    expect(stay.over(well, 5_000, false)).toEqual([])
    expect([6_000, 14_000, 60_000].map((now) => stay.over(well, now, true))).toEqual([[], [], []])
    expect([61_000, 64_999, 65_000].map((now) => stay.over(well, now, false))).toEqual([[], [], ['A']])
  })
})
