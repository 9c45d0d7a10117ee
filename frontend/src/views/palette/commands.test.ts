import { describe, expect, it } from 'vitest'
import { row } from '../../../test/made'
import { matching, opening } from './commands'

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

describe('a chat that was found', () => {
  it('is opened where the agent has it, and else looked at', () => {
    const done: string[] = []
    const desk = { openElsewhere: (id: string) => done.push(`open ${id}`), previewElsewhere: (id: string) => done.push(`look at ${id}`) }
    for (const status of ['picked', 'queued', 'on_hold']) opening(desk, row({ id: status, status })).run()
    expect(done).toEqual(['open picked', 'look at queued', 'look at on_hold'])
  })

  it('is called by its customer, and known by its id', () => {
    const desk = { openElsewhere: () => undefined, previewElsewhere: () => undefined }
    expect(opening(desk, row({ id: 'A', customer: 'Ana' }))).toMatchObject({ id: 'chat A', text: 'Ana' })
  })
})
