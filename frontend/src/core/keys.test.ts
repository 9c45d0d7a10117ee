import { describe, expect, it } from 'vitest'
import { actionOf, BINDINGS, comboOf, spoken, type Press, type Scope } from './keys'

function press(part: Partial<Press>): Press {
  return { key: '', code: '', shiftKey: false, altKey: false, ctrlKey: false, metaKey: false, ...part }
}

// The keys of the page work everywhere, so they meet those of every other scope; the others never meet.
function meet(a: Scope, b: Scope): boolean {
  return a === b || a === 'page' || b === 'page'
}

describe('the map of keys', () => {
  it('has no clash', () => {
    const held = BINDINGS.flatMap(({ action, scope, combos }) => combos.map((combo) => ({ action, scope, combo })))
    for (const [i, a] of held.entries())
      for (const b of held.slice(i + 1))
        expect(a.combo === b.combo && meet(a.scope, b.scope), `${a.action} and ${b.action}`).toBe(false)
  })

  it('names each action once', () => {
    const actions = BINDINGS.map(({ action }) => action)
    expect(new Set(actions).size).toBe(actions.length)
  })

  it('has one key of the page that is a character, and that can be pressed otherwise', () => {
    const single = BINDINGS.filter(({ scope, combos }) => scope !== 'message' && combos.some((combo) => combo.length === 1))
    expect(single.map(({ action }) => action)).toEqual(['help'])
    expect(single[0]?.combos.length).toBeGreaterThan(1)
  })

  it('holds only combos that a press can make', () => {
    const known = /^(Mod\+|Alt\+)?(Shift\+)?(\?|F\d|Escape|Enter|Space|Home|End|Page(Up|Down)|Arrow(Up|Down)|[A-Z])$/
    for (const { combos } of BINDINGS) for (const combo of combos) expect(combo).toMatch(known)
  })

  it.each([
    ['an arrow', press({ key: 'ArrowDown', code: 'ArrowDown' }), false, 'ArrowDown'],
    ['Shift+Enter', press({ key: 'Enter', code: 'Enter', shiftKey: true }), false, 'Shift+Enter'],
    ['? with its Shift', press({ key: '?', code: 'Minus', shiftKey: true }), false, '?'],
    ['Space', press({ key: ' ', code: 'Space' }), false, 'Space'],
    ['Shift+Space', press({ key: ' ', code: 'Space', shiftKey: true }), false, 'Shift+Space'],
    ['Alt and a letter', press({ key: 'q', code: 'KeyQ', altKey: true }), false, 'Alt+Q'],
    ['Alt on another layout', press({ key: 'й', code: 'KeyQ', altKey: true }), false, 'Alt+Q'],
    ['Control on a Mac', press({ key: 'q', code: 'KeyQ', ctrlKey: true }), true, 'Alt+Q'],
    ['Command on a Mac', press({ key: 'c', code: 'KeyC', metaKey: true }), true, 'Mod+C'],
    ['AltGr, which types', press({ key: '@', code: 'KeyQ', altKey: true, ctrlKey: true }), false, ''],
    ['Option, which types', press({ key: 'œ', code: 'KeyQ', altKey: true }), true, ''],
  ])('reads %s', (_name, event, mac, combo) => {
    expect(comboOf(event, mac)).toBe(combo)
  })

  it('finds what a combo does where it is pressed', () => {
    expect(actionOf('Enter', 'list')).toBe('open')
    expect(actionOf('Enter', 'message')).toBe('send')
    expect(actionOf('Enter', 'page')).toBeUndefined()
  })

  it('says a combo as it stands on the keys', () => {
    expect(spoken('Mod+C', true)).toBe('⌘ + C')
    expect(spoken('Mod+C', false)).toBe('Ctrl + C')
  })
})
