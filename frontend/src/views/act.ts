// What the keys of the page do; the command palette does the same.
import type { Action } from '../core/keys'
import type { Desk } from './desk.svelte'
import { cyclePanes, focusPane } from './panes'

/** act does what an action of the page means, and says whether there was anything to do. */
export function act(desk: Desk, action: Action | undefined): boolean {
  switch (action) {
    case 'help': desk.dialog = 'keys'; return true
    case 'palette': desk.dialog = 'palette'; return true
    case 'nextPane': cyclePanes(1); return true
    case 'previousPane': cyclePanes(-1); return true
    case 'myChats': desk.showList('my'); focusPane('list'); return true
    case 'queue': desk.showList('queue'); focusPane('list'); return true
    case 'search': search(desk); return true
    case 'write': focusPane('message'); return true
    case 'transfer': return desk.transferHere()
    case 'back': desk.back(); return true
    default: return false
  }
}

function search(desk: Desk): void {
  desk.pane = 'list'
  requestAnimationFrame(() => document.querySelector<HTMLInputElement>('[data-search]')?.select())
}
