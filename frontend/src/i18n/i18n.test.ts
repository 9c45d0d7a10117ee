import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { lineText, problemText, speak, worded } from '.'

const backend = new URL('../../../backend/', import.meta.url)
const source = (file: string) => readFileSync(new URL(file, backend), 'utf8')

/** found returns the first group of every match. */
function found(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '')
}

const catalogues = [speak('en', []).words, speak('de', []).words]

/** transferred returns the line of a transfer in each language. */
function transferred(...args: string[]): string[] {
  return catalogues.map((each) => lineText(each, 'transferred', args))
}

/** expectWords checks that each value from Go has words of its own in every language. */
function expectWords(values: string[], table: (words: (typeof catalogues)[number]) => object): void {
  expect(values.length).toBeGreaterThan(1)
  for (const words of catalogues) expect(Object.keys(table(words))).toEqual(expect.arrayContaining(values))
}

describe('every value of the server has words', () => {
  it('problems', () => {
    expectWords(found(source('chat/problem.go'), /ProblemKind = (\d+)/g), (words) => words.problems)
  })

  it('reasons of a failure', () => {
    expectWords(found(source('chat/chat.go'), /Reason += "(\w+)"/g), (words) => words.reasons)
  })

  it('states of a message', () => {
    expectWords(found(source('chat/chat.go'), / State += "(\w+)"/g), (words) => words.states)
  })

  it('channels, statuses, addresses', () => {
    expectWords(found(source('chat/chat.go'), / Channel += "(\w+)"/g), (words) => words.channels)
    expectWords(found(source('chat/chat.go'), / Status += "(\w+)"/g), (words) => words.statuses)
    expectWords(found(source('chat/chat.go'), / AddressKind += "(\w+)"/g), (words) => words.addressKinds)
  })

  it('commands', () => {
    expectWords(found(source('chat/command.go'), /CommandKind += "(\w+)"/g), (words) => words.commands)
  })

  it('lines of the history', () => {
    const listed = /\/\/ Code and its Args: ([^]*?)\tCode string/.exec(source('chat/chat.go'))?.[1] ?? ''
    const desk = readdirSync(new URL('internal/desk/', backend)).filter((name) => /^[a-z]+\.go$/.test(name))
    const noted = desk.flatMap((name) => found(source(`internal/desk/${name}`), /\.note\(\S+, "(\w+)"/g))
    expectWords([...found(listed, /"(\w+)"(?= |;|,)/g), ...noted], (words) => words.lines)
  })

  it('phases of the connection', () => {
    const view = readFileSync(new URL('../app/view/view.go', backend), 'utf8')
    expectWords(found(view, / Phase += "(\w+)"/g), (words) => words.phases)
  })

  it('troubles', () => {
    const view = readFileSync(new URL('../app/view/view.go', backend), 'utf8')
    expectWords(found(view, / TroubleCode += "(\w+)"/g), (words) => words.troubles)
  })
})

describe('words', () => {
  const { words } = speak('en', [])

  it('follow the choice, else the system, else are English', () => {
    expect(speak('de', ['en-GB']).language).toBe('de')
    expect(speak('', ['fr-FR', 'de-AT', 'en']).formats.language).toBe('de-AT')
    expect(speak('', ['fr']).language).toBe('en')
    expect(speak('xx', ['de']).language).toBe('en')
  })

  it('are there for problems with and without their arguments', () => {
    expect(problemText(words, { kind: 20, args: ['Sam Lee'] })).toMatch(/^Sam Lee /)
    expect(problemText(words, { kind: 20, args: [] })).toMatch(/^Somebody else /)
    expect(problemText(words, { kind: 43, args: ['vendor_id', 'Hotline'] })).toMatch(/asset Hotline .*phone number ID/)
    expect(problemText(words, { kind: 46, args: ['shop'] })).toMatch(/parleyd admin credential set --name shop$/)
    expect(problemText(words, { kind: 999, args: [] })).toMatch(/999/)
  })

  it('never hide what they do not know', () => {
    expect(lineText(words, 'teleported', [])).toMatch(/teleported/)
    expect(lineText(words, 'constructor', [])).toMatch(/constructor/)
    expect(worded(words.states, 'toString')).toBe('toString')
  })

  it('say of a transfer to oneself where the chat went', () => {
    expect(transferred('Bo', 'Bo', 'Sales')).toEqual(['Bo moved the chat to Sales', 'Bo hat den Chat zu Sales verschoben'])
    expect(transferred('Ann', 'Bo', 'Sales')[0]).toBe('Ann transferred the chat to Bo (Sales)')
    expect(transferred('Ann', '', 'Sales')[0]).toBe('Ann transferred the chat to the queue of Sales')
  })

  it('say every line and problem without arguments whole', () => {
    for (const each of catalogues)
      for (const say of [...Object.values(each.problems), ...Object.values(each.lines), ...Object.values(each.troubles)])
        expect(say([])).not.toMatch(/undefined/)
  })
})
