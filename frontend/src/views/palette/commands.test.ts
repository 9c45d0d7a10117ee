import { describe, expect, it } from 'vitest'
import { matching } from './commands'

const commands = ['Transfer', 'Return to queue', 'Go to the Queue', 'Sort: Latest incoming messages'].map((text) => ({
  id: text, text, combos: [], run: () => undefined,
}))
const found = (query: string) => matching(commands, query).map(({ text }) => text)

describe('what is written in the palette', () => {
  it('finds by any of its words, in any order and case', () => {
    expect(found('INCOMING sort')).toEqual(['Sort: Latest incoming messages'])
    expect(found('nothing')).toEqual([])
  })

  it('puts first what begins with it', () => {
    expect(found('ret')).toEqual(['Return to queue'])
    expect(found('queue')).toEqual(['Return to queue', 'Go to the Queue'])
    expect(found('go')).toEqual(['Go to the Queue'])
    expect(found('t')[0]).toBe('Transfer')
  })

  it('shows all where nothing is written', () => {
    expect(found('  ')).toHaveLength(commands.length)
  })
})
