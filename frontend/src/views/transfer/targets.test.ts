import { describe, expect, it } from 'vitest'
import { targets } from '../../../test/made'
import { speak } from '../../i18n'
import { groups, step } from './targets'

const { words } = speak('en', [])
const problem = (kind: number, ...args: string[]) => [{ kind, args }]
const made = targets({
  chats: 3,
  teams: [
    {
      id: 't1', name: 'Support', own: true, problem: [],
      agents: [
        { id: 'bo', name: 'Bo Lindqvist', load: 3, threshold: 99, problem: [] },
        { id: 'cem', name: 'Cem Öz', load: 99, threshold: 99, problem: problem(23, '99', '99') },
        { id: 'di', name: 'Di', load: -1, threshold: 99, problem: problem(26, 'Di') },
      ],
    },
    { id: 't2', name: 'Returns', own: false, problem: problem(25, 'Returns'), agents: [] },
  ],
})

const shown = (query: string) =>
  groups(words, made, query).flatMap(({ options }) => options.map(({ name, detail, disabled }) => `${name} | ${detail}${disabled ? ' | no' : ''}`))

describe('whom chats could be given to', () => {
  it('is all of it, what cannot be chosen with its reason', () => {
    expect(shown('')).toEqual([
      'Queue of Support, back to where it came from | ',
      'Bo Lindqvist | load 3/99',
      'Cem Öz | full, load 99/99 | no',
      'Di | not available, load not known | no',
      'Queue of Returns | this team may not have one of these chats | no',
    ])
  })

  it.each([
    ['a part of an agent’s name', 'lind', ['Bo Lindqvist']],
    ['several words', 'lin bo', ['Bo Lindqvist']],
    ['other letters', 'ÖZ', ['Cem Öz']],
    ['a team, which brings its agents', 'supp', ['Queue of Support, back to where it came from', 'Bo Lindqvist', 'Cem Öz', 'Di']],
    ['nobody', 'zzz', []],
  ])('is searched by %s', (_name, query, want) => {
    expect(groups(words, made, query).flatMap(({ options }) => options.map(({ name }) => name))).toEqual(want)
  })

  it('says a reason that is not expected whole', () => {
    const odd = targets({ teams: [{ id: 't', name: 'T', own: false, problem: problem(62), agents: [] }] })
    expect(groups(words, odd, '')[0]?.options[0]?.detail).toBe(words.problems[62]())
  })

  it('has keys of its own for each', () => {
    const keys = groups(words, made, '').flatMap(({ options }) => options.map(({ key }) => key))
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('is walked through without falling off', () => {
    expect([step(-1, 1, 3), step(0, -1, 3), step(2, 1, 3), step(1, 8, 3), step(-1, -1, 3)]).toEqual([0, 0, 2, 2, 0])
  })
})
