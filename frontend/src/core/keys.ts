// The one map of keys. What `?` shows, what the page obeys and what the test for clashes reads is this table.

/** Scope is where a key works: everywhere, in one of the lists, in the conversation, in the message box. */
export type Scope = 'page' | 'list' | 'conversation' | 'message'

export type Action =
  | 'help' | 'nextPane' | 'previousPane' | 'myChats' | 'queue' | 'search' | 'write' | 'transfer' | 'palette' | 'back'
  | 'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last' | 'open' | 'pickOpen'
  | 'select' | 'selectRange' | 'selectAll'
  | 'olderMessage' | 'newerMessage' | 'firstMessage' | 'lastMessage' | 'copy'
  | 'send' | 'breakLine'

export interface Binding {
  readonly action: Action
  readonly scope: Scope
  /** Combos in the form of comboOf; any of them does. */
  readonly combos: readonly string[]
}

export const BINDINGS: readonly Binding[] = [
  { action: 'help', scope: 'page', combos: ['?', 'F1'] },
  { action: 'palette', scope: 'page', combos: ['Mod+K'] },
  { action: 'nextPane', scope: 'page', combos: ['F6'] },
  { action: 'previousPane', scope: 'page', combos: ['Shift+F6'] },
  { action: 'myChats', scope: 'page', combos: ['Alt+C'] },
  { action: 'queue', scope: 'page', combos: ['Alt+Q'] },
  { action: 'search', scope: 'page', combos: ['Mod+F'] },
  { action: 'write', scope: 'page', combos: ['Alt+W'] },
  { action: 'transfer', scope: 'page', combos: ['Alt+T'] },
  { action: 'back', scope: 'page', combos: ['Escape'] },
  { action: 'up', scope: 'list', combos: ['ArrowUp'] },
  { action: 'down', scope: 'list', combos: ['ArrowDown'] },
  { action: 'pageUp', scope: 'list', combos: ['PageUp'] },
  { action: 'pageDown', scope: 'list', combos: ['PageDown'] },
  { action: 'first', scope: 'list', combos: ['Home'] },
  { action: 'last', scope: 'list', combos: ['End'] },
  { action: 'open', scope: 'list', combos: ['Enter'] },
  { action: 'pickOpen', scope: 'list', combos: ['Shift+Enter'] },
  { action: 'select', scope: 'list', combos: ['Space'] },
  { action: 'selectRange', scope: 'list', combos: ['Shift+Space'] },
  { action: 'selectAll', scope: 'list', combos: ['Mod+A'] },
  { action: 'olderMessage', scope: 'conversation', combos: ['ArrowUp'] },
  { action: 'newerMessage', scope: 'conversation', combos: ['ArrowDown'] },
  { action: 'firstMessage', scope: 'conversation', combos: ['Home'] },
  { action: 'lastMessage', scope: 'conversation', combos: ['End'] },
  { action: 'copy', scope: 'conversation', combos: ['Mod+C'] },
  { action: 'send', scope: 'message', combos: ['Enter'] },
  { action: 'breakLine', scope: 'message', combos: ['Shift+Enter'] },
]

/** What a key event must tell; the browser's KeyboardEvent does. */
export interface Press {
  readonly key: string
  readonly code: string
  readonly shiftKey: boolean
  readonly altKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
}

/**
 * comboOf names a press: "Shift+Enter", "Alt+Q", "?". Letters are named by their place on the keyboard when a modifier
 * is held, because Option changes them; Mod is ⌘ on a Mac and Ctrl elsewhere; Alt is Control on a Mac.
 */
export function comboOf(press: Press, mac: boolean): string {
  const alt = mac ? press.ctrlKey : press.altKey
  const mod = mac ? press.metaKey : press.ctrlKey
  if ((mac ? press.altKey : press.metaKey) || (alt && mod)) return ''
  const letter = /^Key([A-Z])$/.exec(press.code)?.[1]
  const key = (alt || mod) && letter !== undefined ? letter : press.key === ' ' ? 'Space' : press.key
  const shift = press.shiftKey && key.length > 1
  return `${mod ? 'Mod+' : ''}${alt ? 'Alt+' : ''}${shift ? 'Shift+' : ''}${key}`
}

/** actionOf returns what a combo does in a scope, if anything. */
export function actionOf(combo: string, scope: Scope): Action | undefined {
  return BINDINGS.find((binding) => binding.scope === scope && binding.combos.includes(combo))?.action
}

/** plainKeys are the keys of the page that are a single character, which an agent can turn off (WCAG 2.1.4). */
export function plainKeys(): string[] {
  return BINDINGS.filter(({ scope }) => scope === 'page').flatMap(({ combos }) => combos.filter((combo) => combo.length === 1))
}

/** spoken writes a combo as it stands on the keys. */
export function spoken(combo: string, mac: boolean): string {
  const names: Record<string, string> = {
    ArrowUp: '↑', ArrowDown: '↓', PageUp: 'Page Up', PageDown: 'Page Down', Escape: 'Esc',
    Mod: mac ? '⌘' : 'Ctrl', Alt: mac ? 'Ctrl' : 'Alt',
  }
  return combo.split('+').map((part) => names[part] ?? part).join(' + ')
}

/** isMac tells whose modifiers the keyboard has. */
export function isMac(): boolean {
  return /Mac/.test(navigator.userAgent)
}
